"""What is done to a take: by a hand, an editor, a broadcaster, or somebody who walks in."""

from collections.abc import Iterator

import cv2
import numpy as np
from filter_clips import FRAMES, HEIGHT, RATE, WIDTH, Filmed, Image, filmed, finished, smooth_noise, window

from share_data.camera import Floats

BANNER = 0.17
"""Of the picture's height, each."""


def still(number: int) -> list[Image]:
    """The take as a camera on a tripod sees it."""
    return [window(image) for image in filmed(number).frames]


def moved(number: int, motion: Floats) -> list[Image]:
    """By a camera that moves. motion: (T, 2) pixels, or (T, 3) with a zoom."""
    take = filmed(number).frames
    return [
        window(image, row[0], row[1], row[2] if len(row) > 2 else 1.0) for image, row in zip(take, motion, strict=True)
    ]


def shaken(number: int, sd: float) -> list[Image]:
    """By a hand: sd pixels, correlated over a tenth of a second."""
    return moved(number, smooth_noise(sd, 0.1, number))


def drifted(number: int, pixels: float) -> list[Image]:
    """By a tripod that sinks: `pixels` to the right over the clip."""
    return moved(number, np.stack([np.linspace(0, pixels, FRAMES), np.zeros(FRAMES)], axis=1))


def zoomed(number: int, by: float) -> list[Image]:
    """Enlarged by up to the share `by`."""
    return moved(number, np.stack([np.zeros(FRAMES), np.zeros(FRAMES), np.linspace(1, 1 + by, FRAMES)], axis=1))


def swayed(number: int, sd: float) -> list[Image]:
    """By somebody who tries to stand still: slowly to and fro."""
    return moved(number, smooth_noise(sd, 0.6, number + 50))


def bumped(number: int, pixels: float) -> list[Image]:
    """A camera that is knocked once, in the middle, and swings back within half a second."""
    since = (np.arange(FRAMES) - FRAMES // 2) / RATE
    swing = np.where(since > 0, np.exp(-6 * since) * np.sin(2 * np.pi * 4 * since), 0)
    return moved(number, np.stack([0.3 * pixels * swing, pixels * swing], axis=1))


def banners(images: list[Image], seed: int = 0) -> list[Image]:
    """A line of text along the top and one along the bottom, as news has them."""
    rng, high = np.random.default_rng(seed), round(BANNER * HEIGHT)
    strips = []
    for _ in range(2):
        strip = np.full((high, WIDTH, 3), rng.integers(20, 120, 3), np.uint8)
        for line in range(2):
            text = "".join(rng.choice(list("ABCDEFGHKLMNRSTUVX 123456789 "), 46))
            cv2.putText(
                strip, text, (6, 18 + 20 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.55, (235, 235, 225), 1, cv2.LINE_AA
            )
        strips.append(strip)
    made = []
    for image in images:
        image = image.copy()
        image[:high], image[-high:] = strips
        made.append(image)
    return made


def logo(images: list[Image]) -> list[Image]:
    """A channel's mark in the upper right corner."""
    mark = np.full((40, 64, 3), (180, 20, 30), np.uint8)
    cv2.putText(mark, "TV7", (4, 28), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (250, 250, 250), 2, cv2.LINE_AA)
    made = []
    for image in images:
        image = image.copy()
        image[10:50, WIDTH - 74 : WIDTH - 10] = mark
        made.append(image)
    return made


def letterbox(images: list[Image]) -> list[Image]:
    """Black bars of an eighth of the height above and below."""
    bar = HEIGHT // 8
    return [
        np.concatenate([np.zeros((bar, WIDTH, 3), np.uint8), i[bar:-bar], np.zeros((bar, WIDTH, 3), np.uint8)])
        for i in images
    ]


def exposed(images: list[Image], swing: float = 0.4) -> Iterator[Image]:
    """An automatic exposure that swings by +- `swing`."""
    return finished(iter(images), 1 + swing * np.sin(np.linspace(0, 3 * np.pi, len(images))))


def close(number: int) -> list[Image]:
    """The person so near that head, trunk and arms fill half of the frame: his pixels enlarged, from the head down."""
    take, made, factor, room = filmed(number), [], 2.8, still_room(number)
    for image, mask in zip(take.frames, take.person, strict=True):
        seen, person = window(image), window(mask.astype(np.uint8) * 255)
        x, top = _middle(person), int(np.flatnonzero(person.max(axis=1) > 0)[0])
        shown = WIDTH / 2 + 0.35 * (x - WIDTH / 2)
        matrix = np.array([[factor, 0, shown - factor * x], [0, factor, 24 - factor * top]])
        big = cv2.warpAffine(seen, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)
        share = cv2.warpAffine(person, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)[..., None] / 255
        made.append((room * (1 - share) + big * share).astype(np.uint8))
    return made


def _middle(person: Image) -> float:
    """Column of a person's middle. person: (H, W), 0 where he is not."""
    return float(np.flatnonzero(person.max(axis=0) > 0).mean())


def jump_cut(number: int, gap: int) -> list[Image]:
    """Cut out `gap` frames in the middle of the take; the tripod does not notice."""
    images, first = still(number), (FRAMES - gap) // 2
    return images[:first] + images[first + gap :]


def frozen(number: int, seconds: float) -> list[Image]:
    """The picture stands for a while, noise and all; then the take goes on where it would be by then."""
    images, first, length = list(finished(iter(still(number)))), FRAMES // 3, round(seconds * RATE)
    return images[:first] + [images[first]] * length + images[first + length :]


def doubled(number: int, every: int) -> list[Image]:
    """Each `every`-th picture is the one before once more."""
    images = list(finished(iter(still(number))))
    return [images[k - 1] if k % every == every - 1 else images[k] for k in range(len(images))]


def pasted(
    images: list[Image], take: Filmed, at: range, shift: int = 0, scale: float = 1.0, foot: float = 0.0
) -> list[Image]:
    """The person of another take in frames `at`: moved by `shift` pixels, drawn at `scale` about the picture's `foot`
    (share of the height), in front of all."""
    made = list(images)
    for k in at:
        seen, mask = window(take.frames[k]), window(take.person[k].astype(np.uint8) * 255)
        anchor = foot * HEIGHT if foot else 0.0
        matrix = np.array([[scale, 0, shift + (1 - scale) * WIDTH / 2], [0, scale, (1 - scale) * anchor]])
        seen = cv2.warpAffine(seen, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_AREA)
        share = cv2.warpAffine(mask, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_AREA)[..., None] / 255
        made[k] = (made[k] * (1 - share) + seen * share).astype(np.uint8)
    return made


def visited(number: int, seconds: float, start: int) -> list[Image]:
    """Somebody crosses a part of the picture for a moment: as if through a door."""
    return pasted(still(number), filmed(number, guest=True), range(start, start + round(seconds * RATE)))


def mirrored(number: int) -> list[Image]:
    """A mirror on the wall: the person again, side for side, smaller and dimmer, within the mirror's frame."""
    take, made, room = filmed(number), [], still_room(number)
    top, left, high, wide = 18, 20 if _comes_late(take) else WIDTH - 150, 150, 130
    behind_him = cv2.resize(np.ascontiguousarray(room[:, ::-1]), (wide, high), interpolation=cv2.INTER_AREA)
    for k, original in enumerate(still(number)):
        seen, mask = window(take.frames[k])[:, ::-1], window(take.person[k].astype(np.uint8) * 255)[:, ::-1]
        x = np.flatnonzero(mask.max(axis=0))
        middle, factor = float(x.mean()), 0.58
        shown = wide / 2 + 0.35 * (middle - WIDTH / 2)
        matrix = np.array([[factor, 0, shown - factor * middle], [0, factor, 0.0]])
        person = cv2.warpAffine(np.ascontiguousarray(seen), matrix, (wide, high), flags=cv2.INTER_AREA)
        share = cv2.warpAffine(np.ascontiguousarray(mask), matrix, (wide, high), flags=cv2.INTER_AREA)[..., None] / 255
        image = original.copy()
        image[top - 4 : top + high + 4, left - 4 : left + wide + 4] = (90, 60, 30)
        image[top : top + high, left : left + wide] = 0.85 * (behind_him * (1 - share) + person * share)
        made.append(_over(image, original, take, k))
    return made


def televised(number: int, other: int) -> list[Image]:
    """A television on the wall that shows another film with a person, which is cut every two seconds."""
    programme, take, made = filmed(other), filmed(number), []
    top, left, high, wide = 22, 16 if _comes_late(take) else WIDTH - 152, 76, 136
    for k, original in enumerate(still(number)):
        shot = (k * 3 + 40 * (k // (2 * RATE))) % FRAMES
        seen, person = window(programme.frames[shot]), window(programme.person[shot].astype(np.uint8) * 255)
        # From the head to the hips, as presenters are shown.
        factor, head = 2.0 * high / HEIGHT, int(np.flatnonzero(person.max(axis=1) > 0)[0])
        matrix = np.array([[factor, 0, wide / 2 - factor * _middle(person)], [0, factor, 4 - factor * head]])
        screen = cv2.warpAffine(seen, matrix, (wide, high), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT)
        image = original.copy()
        image[top - 4 : top + high + 4, left - 4 : left + wide + 4] = 15
        image[top : top + high, left : left + wide] = np.clip(1.15 * screen.astype(np.float32), 0, 255)
        made.append(_over(image, original, take, k))
    return made


def still_room(number: int) -> Image:
    """The room with nobody in it."""
    return window(filmed(number).room)


def _over(image: Image, original: Image, take: Filmed, k: int) -> Image:
    """The person stands before whatever hangs on the wall."""
    mask = window(take.person[k].astype(np.uint8) * 255)[..., None] > 127
    return np.where(mask, original, image)


def _comes_late(take: Filmed) -> bool:
    """Whether he spends the clip on the right: things then hang on the left."""
    return float(np.nonzero(take.person[::6])[2].mean()) > take.person.shape[2] / 2
