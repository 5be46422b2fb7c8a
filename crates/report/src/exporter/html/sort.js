// A click on a heading sorts its table by that column; numbers sort by their full value, cells
// without one come last.
"use strict";
for (const table of document.querySelectorAll("table")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    head.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const body = table.tBodies[0];
      const key = (row) => {
        const cell = row.cells[column];
        const number = parseFloat(cell.dataset.value ?? cell.textContent);
        return { number, text: cell.textContent };
      };
      const rows = [...body.rows].map((row) => ({ row, key: key(row) }));
      rows.sort((a, b) => {
        const [noA, noB] = [a.key.text === "-", b.key.text === "-"];
        if (noA || noB) return noA - noB;
        const numeric = !isNaN(a.key.number) && !isNaN(b.key.number);
        const order = numeric
          ? a.key.number - b.key.number
          : a.key.text.localeCompare(b.key.text);
        return down ? -order : order;
      });
      body.append(...rows.map((entry) => entry.row));
    });
  });
}
