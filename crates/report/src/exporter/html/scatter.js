// A rotating 3-D scatter on a canvas: orthographic, back to front, with the box, ticks and labels.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("points").textContent);
  const frame = document.getElementById("scatter");
  const canvas = frame.querySelector("canvas");
  const tip = frame.querySelector(".tip");
  const context = canvas.getContext("2d");
  const groups = data.groups.map((group) => ({ ...group, shown: true }));
  const view = { yaw: -0.85, pitch: 0.38 };
  const many = groups.some((group) => group.points.length > 300);
  const sizes = { dominated: many ? 2.6 : 4, baseline: 6, front: 7, robust: 9 };

  // Ticks at 1, 2 or 5 times a power of ten, and the range that ends on them.
  function scale(axis) {
    let low = Infinity, high = -Infinity;
    for (const group of groups)
      for (const point of group.points) {
        low = Math.min(low, point[1][axis]);
        high = Math.max(high, point[1][axis]);
      }
    if (!(high > low)) { low -= 0.5; high += 0.5; }
    const rough = (high - low) / 4;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough);
    const first = Math.floor(low / step), last = Math.ceil(high / step);
    const ticks = [];
    for (let i = first; i <= last; i++) ticks.push(i * step);
    const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    return { low: first * step, high: last * step, ticks, digits };
  }
  const scales = [0, 1, 2].map(scale);
  const unit = (axis, value) =>
    (value - scales[axis].low) / (scales[axis].high - scales[axis].low) - 0.5;
  for (const group of groups)
    group.places = group.points.map((point) => point[1].map((value, axis) => unit(axis, value)));

  let camera;
  function project([x, y, z]) {
    const { sinYaw, cosYaw, sinPitch, cosPitch, zoom, middle } = camera;
    const right = x * cosYaw - y * sinYaw, into = x * sinYaw + y * cosYaw;
    return [
      middle[0] + zoom * right,
      middle[1] - zoom * (z * cosPitch + into * sinPitch),
      into * cosPitch - z * sinPitch,
    ];
  }

  // The path of a group's marker: shapes differ as well as colours.
  function marker(target, name, x, y, r) {
    target.beginPath();
    if (name === "front") {
      target.moveTo(x, y - r);
      target.lineTo(x + r, y);
      target.lineTo(x, y + r);
      target.lineTo(x - r, y);
    } else if (name === "baseline") {
      target.rect(x - r * 0.85, y - r * 0.85, r * 1.7, r * 1.7);
    } else if (name === "robust") {
      for (let k = 0; k < 10; k++) {
        const angle = (k * Math.PI) / 5, radius = k % 2 ? r * 0.45 : r;
        target.lineTo(x + radius * Math.sin(angle), y - radius * Math.cos(angle));
      }
    } else {
      target.arc(x, y, r, 0, 2 * Math.PI);
    }
    target.closePath();
  }

  function line(from, to, color) {
    const [a, b] = [project(from), project(to)];
    context.strokeStyle = color;
    context.beginPath();
    context.moveTo(a[0], a[1]);
    context.lineTo(b[0], b[1]);
    context.stroke();
  }

  // The box: the three faces behind the points with their grid, then the labels outside.
  function box(colors) {
    const corner = (axis, at, u, v) => {
      const place = [0, 0, 0];
      place[axis] = at;
      place[(axis + 1) % 3] = u;
      place[(axis + 2) % 3] = v;
      return place;
    };
    context.lineWidth = 1;
    for (let axis = 0; axis < 3; axis++) {
      const behind = project(corner(axis, 0.5, 0, 0))[2] > project(corner(axis, -0.5, 0, 0))[2];
      const at = behind ? 0.5 : -0.5;
      const [u, v] = [(axis + 1) % 3, (axis + 2) % 3];
      for (const tick of scales[u].ticks) {
        const t = unit(u, tick);
        line(corner(axis, at, t, -0.5), corner(axis, at, t, 0.5), colors.line);
      }
      for (const tick of scales[v].ticks) {
        const t = unit(v, tick);
        line(corner(axis, at, -0.5, t), corner(axis, at, 0.5, t), colors.line);
      }
    }
    for (let axis = 0; axis < 3; axis++) labels(axis, corner, colors);
  }

  // Of the four edges along an axis, the lowest on the screen; for the height, the leftmost.
  function labels(axis, corner, colors) {
    const ends = [[-0.5, -0.5], [-0.5, 0.5], [0.5, -0.5], [0.5, 0.5]];
    const rated = ends.map((end) => {
      const [x, y] = project(corner(axis, 0, ...end));
      return { end, rate: axis === 2 ? -x : y };
    });
    const { end } = rated.reduce((best, next) => (next.rate > best.rate ? next : best));
    const middle = project(corner(axis, 0, ...end));
    const away = [middle[0] - camera.middle[0], middle[1] - camera.middle[1]];
    if (axis === 2) away[1] = 0;
    const length = Math.hypot(...away) || 1;
    const out = [away[0] / length, away[1] / length];
    context.fillStyle = colors.muted;
    context.font = "12px system-ui, sans-serif";
    context.textAlign = out[0] > 0.3 ? "left" : out[0] < -0.3 ? "right" : "center";
    context.textBaseline = "middle";
    line(corner(axis, -0.5, ...end), corner(axis, 0.5, ...end), colors.muted);
    for (const tick of scales[axis].ticks) {
      const [x, y] = project(corner(axis, unit(axis, tick), ...end));
      context.fillText(tick.toFixed(scales[axis].digits), x + 9 * out[0], y + 11 * out[1]);
    }
    context.fillStyle = colors.ink;
    context.font = "600 13px system-ui, sans-serif";
    const label = data.axes[axis].label;
    if (axis === 2) {
      context.save();
      context.translate(middle[0] - 54, middle[1]);
      context.rotate(-Math.PI / 2);
      context.textAlign = "center";
      context.fillText(label, 0, 0);
      context.restore();
    } else {
      context.fillText(label, middle[0] + 42 * out[0], middle[1] + 38 * out[1]);
    }
  }

  // Without a line to the floor a point's depth cannot be read. A front of more members than this
  // is a surface, and their lines would be a curtain before it.
  const members = groups.filter((group) => group.name === "front" || group.name === "robust");
  const few = members.reduce((sum, group) => sum + group.points.length, 0) <= 24;

  function drops(group) {
    context.lineWidth = 1.2;
    for (const [x, y, z] of group.places) line([x, y, z], [x, y, -0.5], colors[group.name]);
  }

  // The number of each member to the right of its mark, or to the left or above where another is
  // in the way; where none is free, hovering still tells it.
  function numbers() {
    context.fillStyle = colors.ink;
    context.font = "600 12px system-ui, sans-serif";
    context.textBaseline = "middle";
    const boxes = members.flatMap((group) => group.drawn.map(([x, y]) => {
      const half = sizes[group.name] * 0.8;
      return { left: x - half, right: x + half, top: y - half, bottom: y + half };
    }));
    for (const group of [...members].reverse()) // The robust ones first.
      group.drawn.forEach(([x, y], i) => {
        const number = group.points[i][0].replace("trial ", "");
        const width = context.measureText(number).width, away = sizes[group.name] + 4;
        const places = [[x + away, y], [x - away - width, y], [x - width / 2, y - away - 3]];
        for (const [left, middle] of places) {
          const box = { left, right: left + width, top: middle - 5, bottom: middle + 5 };
          const taken = boxes.some((other) => box.left < other.right && other.left < box.right
            && box.top < other.bottom && other.top < box.bottom);
          if (taken) continue;
          context.textAlign = "left";
          context.fillText(number, left, middle);
          boxes.push(box);
          break;
        }
      });
  }

  let colors;
  function draw() {
    const ratio = window.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = canvas;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    camera = {
      sinYaw: Math.sin(view.yaw), cosYaw: Math.cos(view.yaw),
      sinPitch: Math.sin(view.pitch), cosPitch: Math.cos(view.pitch),
      zoom: Math.min(width * 0.55, height * 0.64), middle: [width / 2, height * 0.48],
    };
    box(colors);
    for (const group of groups) {
      if (few && group.shown && group.name !== "dominated") drops(group);
      group.drawn = group.shown ? group.places.map(project) : [];
      const order = group.drawn.map((_, i) => i).sort((a, b) => group.drawn[b][2] - group.drawn[a][2]);
      context.fillStyle = colors[group.name];
      context.strokeStyle = colors.paper;
      context.lineWidth = 1;
      context.globalAlpha = group.name === "dominated" ? 0.5 : 1;
      for (const i of order) {
        marker(context, group.name, group.drawn[i][0], group.drawn[i][1], sizes[group.name]);
        context.fill();
        if (group.name !== "dominated") context.stroke();
      }
      context.globalAlpha = 1;
    }
    if (few) numbers();
  }

  let waiting = false;
  function redraw() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; draw(); });
  }

  function nearest(x, y) {
    let best = null, least = 144;
    groups.forEach((group) => group.drawn.forEach((place, i) => {
      const distance = (place[0] - x) ** 2 + (place[1] - y) ** 2 - sizes[group.name] ** 2;
      if (distance <= least) { least = distance; best = { group, i }; }
    }));
    return best;
  }

  function hover(x, y) {
    const hit = nearest(x, y);
    tip.hidden = !hit;
    if (!hit) return;
    const [name, values, configuration] = hit.group.points[hit.i];
    const lines = [name];
    for (const axis of [2, 0, 1])
      lines.push(`${data.axes[axis].label}: ${values[axis].toFixed(data.axes[axis].decimals)}`);
    data.parameters.forEach((parameter, i) => {
      if (configuration[i]) lines.push(`${parameter}: ${configuration[i]}`);
    });
    tip.textContent = lines.join("\n");
    const [px, py] = hit.group.drawn[hit.i];
    const left = px + 14 + tip.offsetWidth > canvas.clientWidth ? px - 14 - tip.offsetWidth : px + 14;
    tip.style.left = `${Math.max(0, left)}px`;
    tip.style.top = `${Math.max(0, Math.min(py - 10, canvas.clientHeight - tip.offsetHeight))}px`;
  }

  function turn(yaw, pitch) {
    view.yaw += yaw;
    view.pitch = Math.max(-0.2, Math.min(1.5, view.pitch + pitch));
    tip.hidden = true;
    redraw();
  }

  let held = null;
  canvas.addEventListener("pointerdown", (event) => {
    held = [event.clientX, event.clientY];
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (held) {
      turn((held[0] - event.clientX) * 0.008, (event.clientY - held[1]) * 0.008);
      held = [event.clientX, event.clientY];
    } else {
      const bounds = canvas.getBoundingClientRect();
      hover(event.clientX - bounds.left, event.clientY - bounds.top);
    }
  });
  for (const end of ["pointerup", "pointercancel"])
    canvas.addEventListener(end, () => { held = null; });
  canvas.addEventListener("pointerleave", () => { tip.hidden = true; });
  canvas.addEventListener("keydown", (event) => {
    const turns = { ArrowLeft: [0.1, 0], ArrowRight: [-0.1, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1] };
    const by = turns[event.key];
    if (by) { event.preventDefault(); turn(...by); }
  });

  function legend() {
    const list = document.getElementById("legend");
    list.replaceChildren(...groups.map((group) => {
      const button = document.createElement("button");
      const swatch = document.createElement("canvas");
      const ratio = window.devicePixelRatio || 1;
      swatch.width = swatch.height = 20 * ratio;
      swatch.style.width = swatch.style.height = "20px";
      button.append(swatch, group.label);
      button.setAttribute("aria-pressed", String(group.shown));
      button.addEventListener("click", () => {
        group.shown = !group.shown;
        button.setAttribute("aria-pressed", String(group.shown));
        redraw();
      });
      group.swatch = swatch;
      return button;
    }));
  }

  function swatches() {
    for (const group of groups) {
      const small = group.swatch.getContext("2d");
      small.setTransform(group.swatch.width / 20, 0, 0, group.swatch.height / 20, 0, 0);
      small.clearRect(0, 0, 20, 20);
      small.fillStyle = colors[group.name];
      marker(small, group.name, 10, 10, Math.max(4, sizes[group.name]));
      small.fill();
    }
  }

  function recolor() {
    const style = getComputedStyle(document.documentElement);
    colors = {};
    for (const name of ["paper", "ink", "muted", "line", "dominated", "front", "robust", "baseline"])
      colors[name] = style.getPropertyValue(`--${name}`).trim();
    swatches();
    redraw();
  }

  legend();
  recolor();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolor);
  new ResizeObserver(redraw).observe(canvas);
})();
