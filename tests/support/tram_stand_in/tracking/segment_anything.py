"""A stand-in for SAM: the mask is what is more than half as bright as the brightest pixel."""

from lib.utils.utils_detectron2 import opened


class Sam:
    def __init__(self, checkpoint):
        opened(checkpoint)

    def to(self, device):
        return self


class SamPredictor:
    def __init__(self, sam):
        self.sam = sam

    def set_image(self, image, image_format):
        self.image = image

    def predict_torch(self):
        return self.image.min(axis=2) > int(self.image.max()) // 2


sam_model_registry = {"default": Sam, "vit_h": Sam}
