"""The reliability of the confidence as a picture: what it says against what is true."""

from collections.abc import Mapping, Sequence

SIDE, MARGIN = 360, 48
COLOURS = {"simulated": "#1b6ca8", "embedded": "#c8553d"}


def picture(bins: Mapping[str, Sequence[tuple[float, float, int]]]) -> str:
    """SVG. bins: of each setup (mean confidence, share within the bounds, clips)."""
    inner = SIDE - 2 * MARGIN
    place = lambda said, true: (MARGIN + said * inner, SIDE - MARGIN - true * inner)  # noqa: E731
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" font-family="sans-serif" font-size="12">',
        f'<rect width="{SIDE}" height="{SIDE}" fill="white"/>',
        f'<rect x="{MARGIN}" y="{MARGIN}" width="{inner}" height="{inner}" fill="none" stroke="#999"/>',
        _line(place(0, 0), place(1, 1), "#999", 'stroke-dasharray="4 4"'),
    ]
    for tick in (0, 0.25, 0.5, 0.75, 1):
        x, y = place(tick, tick)
        parts.append(f'<text x="{x:.0f}" y="{SIDE - MARGIN + 16}" text-anchor="middle">{tick:g}</text>')
        parts.append(f'<text x="{MARGIN - 6}" y="{y + 4:.0f}" text-anchor="end">{tick:g}</text>')
    parts.append(f'<text x="{SIDE / 2}" y="{SIDE - 10}" text-anchor="middle">confidence</text>')
    parts.append(
        f'<text transform="translate(14 {SIDE / 2}) rotate(-90)" text-anchor="middle">share within the bounds</text>'
    )
    for number, (setup, found) in enumerate(bins.items()):
        colour = COLOURS[setup]
        points = [place(said, true) for said, true, _ in found]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>' for x, y in points]
        clips = sum(count for _, _, count in found)
        parts.append(
            f'<text x="{MARGIN + 8}" y="{MARGIN + 18 + 16 * number}" fill="{colour}">{setup}, {clips} clips</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


def _line(start: tuple[float, float], end: tuple[float, float], colour: str, more: str = "") -> str:
    return f'<line x1="{start[0]}" y1="{start[1]}" x2="{end[0]}" y2="{end[1]}" stroke="{colour}" {more}/>'
