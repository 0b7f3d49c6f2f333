"""The clips of `filters.py`, and what is true of each."""

from collections.abc import Iterator

from filter_blends import blended, curtained, flickering, slowed, snowed
from filter_clips import ACTORS, FRAMES, RATE, Case, Image, filmed, finished
from filter_edits import (
    banners,
    bumped,
    close,
    doubled,
    drifted,
    exposed,
    frozen,
    jump_cut,
    letterbox,
    logo,
    mirrored,
    pasted,
    shaken,
    still,
    swayed,
    televised,
    visited,
    zoomed,
)  # fmt: skip

MOVES = {"static_camera": ("camera_moves",)}
COMPANY = {"single_person": ("multiple_people",)}
BROKEN = {"continuous": ("jump_cut", "frozen", "duplicated_frames")}
FILMED = len(ACTORS)


def cases() -> Iterator[Case]:
    """All clips, take by take, so that few takes are in memory."""
    for n in range(FILMED):
        yield from _plain(n)
        yield from _moving(n)
        yield from _broken(n)
        yield from _accompanied(n)
        yield from _stirred(n)


def _case(name: str, n: int, images: "list[Image] | Iterator[Image] | object", **told: object) -> Case:
    """`images`: a function of no arguments that makes them, before noise."""
    return Case(f"{name} {n}", lambda: finished(iter(images())), **told)  # type: ignore[operator, arg-type]


def _plain(n: int) -> Iterator[Case]:
    """To be kept, whatever lies on the picture or happens to its light."""
    yield _case("clean", n, lambda: still(n), clean=True)
    yield Case(f"exposure {n}", lambda: exposed(still(n)))
    if n % 2 == 0:
        yield _case("banners", n, lambda: banners(still(n)))
        yield _case("television", n, lambda: televised(n, (n + 3) % FILMED))
    else:
        yield _case("logo and letterbox", n, lambda: logo(letterbox(still(n))))
        yield _case("close, half the frame", n, lambda: close(n))
        yield _case("mirror", n, lambda: mirrored(n))
        yield _case(
            "bystander far away", n, lambda: pasted(still(n), filmed(n, True), range(FRAMES), scale=0.22, foot=0.5)
        )


def _moving(n: int) -> Iterator[Case]:
    """A camera that moves: a half, one, three and sixty pixels of 480."""
    yield _case("shake", n, lambda: shaken(n, (1.0, 1.5, 2.5, 5.0)[n % 4]), wanted=MOVES)
    yield _case("drift", n, lambda: drifted(n, (1.5, 3.0, 8.0, 36.0)[n % 4]), wanted=MOVES)
    if n % 2 == 0:
        yield _case("zoom", n, lambda: zoomed(n, (0.006, 0.0, 0.05)[n % 4]), wanted=MOVES)
        yield _case("sway between banners", n, lambda: banners(swayed(n, (2.5, 4.0)[n % 4 // 2]), n), wanted=MOVES)
    else:
        yield _case("sway behind a logo in a letterbox", n, lambda: logo(letterbox(swayed(n, 2.0))), wanted=MOVES)
        yield _case("bump", n, lambda: bumped(n, 8.0), wanted=MOVES)


def _broken(n: int) -> Iterator[Case]:
    """Time that does not run on."""
    yield _case("jump cut", n, lambda: jump_cut(n, (5, 9, 15, 24)[n % 4]), wanted=BROKEN)
    if n % 2 == 0:
        yield Case(f"frozen second {n}", lambda: iter(frozen(n, 1.0)), wanted=BROKEN)
    else:
        yield Case(f"doubled frames {n}", lambda: iter(doubled(n, (2, 4)[n // 2 % 2])), wanted=BROKEN)


def _stirred(n: int) -> Iterator[Case]:
    """Blends and slow motion, and a camera that stands before what stirs."""
    over = (4, 6, 8)[n % 3]
    yield _case("blend", n, lambda: blended(n, 15, over), wanted=BROKEN, may=("single_person",))
    if n % 2 == 0:
        yield Case(f"slow motion {n}", lambda: iter(slowed(n, 1.0)), wanted=BROKEN)
        yield _case("snow", n, lambda: snowed(n))
    else:
        yield _case("flicker", n, lambda: flickering(n))
        yield _case("curtain", n, lambda: curtained(n))


def _accompanied(n: int) -> Iterator[Case]:
    """Somebody else, for a moment or throughout."""
    if n % 2 == 0:
        yield _case("visitor of 0.4 s", n, lambda: visited(n, 0.4, 36 + 4 * n), wanted=COMPANY, may=("continuous",))
    else:
        yield _case("bystander", n, lambda: pasted(still(n), filmed(n, True), range(FRAMES)), wanted=COMPANY)
    if n % 4 == 1:
        gone = {"single_person": ("person_leaves", "no_person")}
        yield _case("leaves", n, lambda: _left(n), wanted=gone, may=("continuous",))


def _left(n: int) -> list[Image]:
    """He is out of the picture for the last 1.5 seconds."""
    from filter_edits import still_room

    images, last = still(n), FRAMES - round(1.5 * RATE)
    return images[:last] + [still_room(n)] * (FRAMES - last)
