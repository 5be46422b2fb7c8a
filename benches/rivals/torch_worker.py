"""PyTorch's side: trains or runs a configuration for as long as it is told.

usage: torch_worker.py train|infer A|B|C BATCH THREADS [channels_last] [fused]
"""

import pathlib
import sys

import torch
from torch import nn

sys.path.append(str(pathlib.Path(__file__).parents[2] / "crates/engine/fixtures"))
import family  # noqa: E402

from serve import serve  # noqa: E402


def job(training, net, images, labels, fused):
    """A function that gives a step; of a training, one that starts from the same weights."""
    start = {name: tensor.clone() for name, tensor in net.state_dict().items()}

    def trainer():
        net.load_state_dict(start)
        optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, fused=fused)

        def step():
            optimizer.zero_grad(set_to_none=True)
            loss = nn.functional.cross_entropy(net(images), labels)
            loss.backward()
            optimizer.step()
            return loss.item()
        return step

    def classifier():
        def step():
            with torch.inference_mode():
                return net(images)
        return step

    return trainer if training else classifier


def main():
    kind, name, batch, threads, *options = sys.argv[1:]
    torch.set_num_threads(int(threads))
    torch.set_num_interop_threads(1)
    # Gradients near zero are slow on some processors; ours are set back before they are.
    torch.set_flush_denormal(True)
    torch.manual_seed(1)
    images = torch.rand(int(batch), 7, 100, 100)
    labels = torch.arange(int(batch)) % 2
    net = family.network(family.design(name)).train(kind == "train")
    if "channels_last" in options:
        net = net.to(memory_format=torch.channels_last)
        images = images.to(memory_format=torch.channels_last)
    isa = torch.backends.cpu.get_cpu_capability()
    begin = job(kind == "train", net, images, labels, "fused" in options)
    serve(f"PyTorch {torch.__version__} ({isa})", int(batch), begin)


main()
