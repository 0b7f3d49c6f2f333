"""The papers of what a corpus may be made with: estimators, body models, data sets; as their authors cite them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paper:
    """A reference. kind: BibTeX's type of entry; fields: BibTeX's, without braces; authors: `Family, Given` each."""

    key: str
    kind: str
    authors: tuple[str, ...]
    title: str
    year: int
    fields: tuple[tuple[str, str], ...]

    def bibtex(self) -> str:
        """The entry."""
        rows = [("author", " and ".join(self.authors)), ("title", f"{{{self.title}}}"), *self.fields]
        lines = [f"  {name} = {{{value}}}," for name, value in (*rows, ("year", str(self.year)))]
        return "\n".join([f"@{self.kind}{{{self.key},", *lines, "}"]).replace("ö", '{\\"o}')

    def text(self) -> str:
        """The reference in a line."""
        names = [" ".join(reversed(author.split(", "))) for author in self.authors]
        where = {"booktitle": "", "journal": "", "eprint": "arXiv:"}
        places = [f"{where[name]}{value}" for name, value in self.fields if name in where]
        return f"{', '.join(names)}: {self.title}. {', '.join(places)}, {self.year}."


def _arxiv(number: str) -> tuple[tuple[str, str], ...]:
    return ("eprint", number), ("archivePrefix", "arXiv")


SHARE = Paper(
    "li2025share", "inproceedings",
    ("Li, Joshua", "Chharawala, Brendan", "Shu, Chang", "Peng, Xue Bin", "Xi, Pengcheng"),
    "SHARE: Scene-Human Aligned Reconstruction", 2025,
    (("booktitle", "SIGGRAPH Asia 2025 Technical Communications"), *_arxiv("2510.15342")),
)  # fmt: skip
_BLAZEPOSE = Paper(
    "bazarevsky2020blazepose", "misc",
    ("Bazarevsky, Valentin", "Grishchenko, Ivan", "Raveendran, Karthik", "Zhu, Tyler", "Zhang, Fan",
     "Grundmann, Matthias"),
    "BlazePose: On-device Real-time Body Pose tracking", 2020, _arxiv("2006.10204"),
)  # fmt: skip
_TRAM = Paper(
    "wang2024tram", "inproceedings", ("Wang, Yufu", "Wang, Ziyun", "Liu, Lingjie", "Daniilidis, Kostas"),
    "TRAM: Global Trajectory and Motion of 3D Humans from in-the-wild Videos", 2024,
    (("booktitle", "European Conference on Computer Vision (ECCV)"), *_arxiv("2403.17346")),
)  # fmt: skip
_GVHMR = Paper(
    "shen2024gvhmr", "inproceedings",
    ("Shen, Zehong", "Pi, Huaijin", "Xia, Yan", "Cen, Zhi", "Peng, Sida", "Hu, Zechen", "Bao, Hujun", "Hu, Ruizhen",
     "Zhou, Xiaowei"),
    "World-Grounded Human Motion Recovery via Gravity-View Coordinates", 2024,
    (("booktitle", "SIGGRAPH Asia 2024 Conference Papers"), *_arxiv("2409.06662")),
)  # fmt: skip
_MOGE2 = Paper(
    "wang2025moge2", "misc",
    ("Wang, Ruicheng", "Xu, Sicheng", "Dong, Yue", "Deng, Yu", "Xiang, Jianfeng", "Lv, Zelong", "Sun, Guangzhong",
     "Tong, Xin", "Yang, Jiaolong"),
    "MoGe-2: Accurate Monocular Geometry with Metric Scale and Sharp Details", 2025, _arxiv("2507.02546"),
)  # fmt: skip
_SMPL = Paper(
    "loper2015smpl", "article",
    ("Loper, Matthew", "Mahmood, Naureen", "Romero, Javier", "Pons-Moll, Gerard", "Black, Michael J."),
    "SMPL: A Skinned Multi-Person Linear Model", 2015,
    (("journal", "ACM Transactions on Graphics (Proc. SIGGRAPH Asia)"), ("volume", "34"), ("number", "6"),
     ("pages", "248:1--248:16"), ("doi", "10.1145/2816795.2818013")),
)  # fmt: skip
_RICH = Paper(
    "huang2022rich", "inproceedings",
    ("Huang, Chun-Hao P.", "Yi, Hongwei", "Höschle, Markus", "Safroshkin, Matvey", "Alexiadis, Tsvetelina",
     "Polikovsky, Senya", "Scharstein, Daniel", "Black, Michael J."),
    "Capturing and Inferring Dense Full-Body Human-Scene Contact", 2022,
    (("booktitle", "IEEE/CVF Conference on Computer Vision and Pattern Recognition (CVPR)"), ("pages", "13274--13285")),
)  # fmt: skip
_SMARTHOME = Paper(
    "das2019smarthome", "inproceedings",
    ("Das, Srijan", "Dai, Rui", "Koperski, Michal", "Minciullo, Luca", "Garattoni, Lorenzo", "Bremond, Francois",
     "Francesca, Gianpiero"),
    "Toyota Smarthome: Real-World Activities of Daily Living", 2019,
    (("booktitle", "IEEE/CVF International Conference on Computer Vision (ICCV)"),),
)  # fmt: skip
_TSU = Paper(
    "dai2022tsu", "article",
    ("Dai, Rui", "Das, Srijan", "Sharma, Saurav", "Minciullo, Luca", "Garattoni, Lorenzo", "Bremond, Francois",
     "Francesca, Gianpiero"),
    "Toyota Smarthome Untrimmed: Real-World Untrimmed Videos for Activity Detection", 2022,
    (("journal", "IEEE Transactions on Pattern Analysis and Machine Intelligence"),),
)  # fmt: skip

BY_ESTIMATOR: Mapping[str, Paper] = {"blazepose": _BLAZEPOSE, "tram": _TRAM, "gvhmr": _GVHMR, "moge": _MOGE2}
"""Kind of a human or geometry estimator to its paper."""
BY_BODY: Mapping[str, Paper] = {"smpl": _SMPL}
BY_ATTRIBUTION: Mapping[str, Paper] = {
    _SMARTHOME.title: _SMARTHOME, _TSU.title: _TSU, _RICH.title: _RICH,
}  # fmt: skip
"""A data set's paper by its title, which records of it name in their attribution."""
