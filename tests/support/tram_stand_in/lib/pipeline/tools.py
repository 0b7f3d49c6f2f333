"""Tracking, with the faults of the real one: `mask` and `seg_box` are unset until somebody has been seen.

Its detector and its segmenter are loaded for every clip, the detector from a place that tests cannot reach.
"""

import cv2
import numpy as np
from detectron2.config import LazyConfig
from pycocotools import mask as masktool
from segment_anything import SamPredictor, sam_model_registry

from lib.pipeline import deva_track  # noqa: F401
from lib.utils.utils_detectron2 import DefaultPredictor_Lazy


class SegBox(np.ndarray):
    def numpy(self):
        return np.asarray(self)


def detect_segment_track(imgfiles, out_path, thresh=0.5, min_size=None, device="cuda", save_vos=True):
    """The person is what is bright; while it is dim the tracker remembers where it was."""
    detectron2_cfg = LazyConfig.load("data/pretrain/cascade_mask_rcnn_vitdet_h_75ep.py")
    detectron2_cfg.train.init_checkpoint = "https://dl.fbaipublicfiles.com/detectron2/ViTDet/COCO/cascade_mask_rcnn_vitdet_h/f328730692/model_final_f05665.pkl"
    detector = DefaultPredictor_Lazy(detectron2_cfg)
    sam = sam_model_registry["vit_h"](checkpoint="data/pretrain/sam_vit_h_4b8939.pth")
    predictor = SamPredictor(sam.to(device))
    boxes_, masks_, track = [], [], []
    for t, imgpath in enumerate(imgfiles):
        img_cv2 = cv2.imread(imgpath)
        boxes = detector(img_cv2)
        if len(boxes) > 0:
            predictor.set_image(img_cv2, image_format="BGR")
            mask = predictor.predict_torch()
        else:
            mask = np.zeros_like(mask)
        boxes_.append(boxes)
        masks_.append(masktool.encode(np.asfortranarray(mask > 0)))
        track.append({"id": 7, "rle": masks_[-1], "frame": t})
    for subj in track:
        det_boxes = boxes_[subj["frame"]]
        if len(det_boxes) > 0:
            seg_box = det_boxes[:, :4].view(SegBox)
        subj["det"] = len(det_boxes) > 0
        subj["det_box"] = det_boxes if len(det_boxes) > 0 else np.zeros([1, 5])
        subj['seg_box'] = seg_box.numpy()  # fmt: skip
    bystander = [{"id": 3, "rle": masks_[0], "frame": 0, "det": True, "det_box": np.array([[0, 0, 9, 9, 0.6]])}]
    tracks = {3: bystander, 7: track} if any(subj["det"] for subj in track) else {}
    return np.array(boxes_, dtype=object), np.array(masks_, dtype=object), np.array(tracks, dtype=object)


def parse_chunks(frame, boxes, min_len=16):
    """Runs of consecutive frames that are long enough, and their boxes."""
    cuts = np.flatnonzero(np.diff(frame) != 1) + 1
    long = [rows for rows in np.split(np.arange(len(frame)), cuts) if len(rows) >= min_len]
    return [frame[rows] for rows in long], [boxes[rows] for rows in long]
