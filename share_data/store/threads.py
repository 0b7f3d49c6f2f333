"""One thread inside a stage: sums split over threads add up in another order, and the last bits differ."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread() -> Iterator[None]:
    """Run the block with torch, OpenCV and the BLAS behind numpy on one thread each; restore them afterwards.

    onnxruntime fixes its threads when a session is made, see `pipeline/humans/networks.py`.
    """
    import cv2
    import torch
    from threadpoolctl import threadpool_limits

    torch_threads, cv2_threads = torch.get_num_threads(), cv2.getNumThreads()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(torch_threads)
        cv2.setNumThreads(cv2_threads)
