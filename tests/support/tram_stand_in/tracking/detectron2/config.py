"""Configurations."""

from types import SimpleNamespace


class LazyConfig:
    @staticmethod
    def load(path):
        with open(path):  # noqa: PTH123
            return SimpleNamespace(train=SimpleNamespace(init_checkpoint="detectron2://of/something/else.pth"))
