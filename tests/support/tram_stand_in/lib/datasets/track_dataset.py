"""Square crops about boxes, one frame at a time."""

import cv2
import numpy as np
import torch


class TrackDataset:
    def __init__(self, imgfiles, boxes, crop_size=256, dilate=1.0, img_focal=None, img_center=None, normalization=True):
        self.imgfiles, self.crop_size = imgfiles, crop_size
        self.centers = (boxes[:, :2] + boxes[:, 2:4]) / 2
        self.scales = (boxes[:, 2:4] - boxes[:, :2]).max(axis=1) / 200 * dilate
        self.img_focal, self.img_center = img_focal, img_center

    def __len__(self):
        return len(self.imgfiles)

    def __getitem__(self, index):
        image = cv2.imread(self.imgfiles[index])[:, :, ::-1]
        scale, center = self.scales[index], self.centers[index]
        zoom = self.crop_size / (200 * scale)
        place = np.array(
            [[zoom, 0, self.crop_size / 2 - zoom * center[0]], [0, zoom, self.crop_size / 2 - zoom * center[1]]]
        )
        crop = cv2.warpAffine(np.ascontiguousarray(image), place, (self.crop_size, self.crop_size))
        return {
            "img": torch.from_numpy(crop.transpose(2, 0, 1).astype(np.float32) / 255 - 0.5),
            "scale": torch.tensor(scale).float(),
            "center": torch.tensor(center).float(),
            "img_focal": torch.tensor(self.img_focal).float(),
            "img_center": torch.tensor(self.img_center).float(),
        }
