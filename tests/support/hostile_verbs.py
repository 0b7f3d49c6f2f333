"""The verbs that read a corpus, and what is asked of them over one that somebody spoilt."""

from pathlib import Path

from hostile import Ending, assert_ended_well, run_verb

VERBS = {
    "validate": ("validate", "CORPUS"),
    "report": ("report", "CORPUS", "--output", "PAGE"),
    "report-video": ("report", "CORPUS", "001"),
    "list": ("list", "CORPUS", "--json"),
    "list-all": ("list", "CORPUS", "--all"),
    "audit": ("audit", "CORPUS", "--borderline", "3"),
    "inspect": ("inspect", "CORPUS", "0", "--image", "SHEET"),
    "evaluate": ("evaluate", "CORPUS", "--json"),
    "export": ("export", "CORPUS", "joints_height", "--output", "EXPORT"),
    "publish": ("publish", "CORPUS", "PUBLISHED"),
    "status": ("status", "CORPUS"),
    "cite": ("cite", "CORPUS"),
    "merge": ("merge", "CORPUS", "CORPUS", "--output", "MERGED"),  # Refused at last, all of both has been read by then.
    "render": ("render", "CORPUS", "0", "FILM"),
    "view": ("view", "CORPUS", "0", "--html", "CLIP"),
}
LOOKERS = ("cite", "merge", "render", "view")
READERS = tuple(name for name in VERBS if name not in ("validate", "status", *LOOKERS))


def ending_of(corpus: Path, verb: str, scratch: Path) -> Ending:
    """How a verb over a corpus ends, which is well, whatever the corpus is."""
    places = {
        "CORPUS": str(corpus),
        "SHEET": str(scratch / "sheet.png"),
        "PAGE": str(scratch / "page"),
        "EXPORT": str(scratch / "export"),
        "PUBLISHED": str(scratch / "published"),
        "MERGED": str(scratch / "merged"),
        "FILM": str(scratch / "film.mp4"),
        "CLIP": str(scratch / "clip.html"),
    }
    ending = run_verb(scratch / "ending", *(places.get(word, word) for word in VERBS[verb]))
    assert_ended_well(ending)
    return ending


def run_on(corpus: Path, verb: str, scratch: Path) -> Ending:
    """The same; it must change nothing there."""
    before = _stamps(corpus)
    ending = ending_of(corpus, verb, scratch)
    assert _stamps(corpus) == before, f"{verb} changed the corpus"
    return ending


def outcome(corpus: Path, verb: str, scratch: Path, file: str, refuses: bool) -> None:
    """A verb that `refuses` ends with 1 and names the file; one that does not gives a result."""
    ending = run_on(corpus, verb, scratch)
    if not refuses:
        assert ending.code == 0, ending.text
        return
    assert ending.code == 1, ending.text
    lines = ending.text.splitlines()
    assert any(file in line for line in lines), f"{file} is not named:\n{ending.text}"
    if verb != "validate":
        assert lines[0].startswith("error: "), ending.text


def _stamps(corpus: Path) -> dict[str, tuple[int, int, int]]:
    """What would change if anything were written."""
    found = {path: path.lstat() for path in (corpus, *corpus.rglob("*"))}
    return {str(path): (stat.st_mode, stat.st_size, stat.st_mtime_ns) for path, stat in found.items()}
