"""Pictures and documents, and what was made of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from demo.data.codes import mix
from demo.data.plan import PRODUCT_AGE, Table
from demo.data.products import pictures
from demo.data.text import DAY_MS, HOUR_MS, NULL, moment
from demo.data.world import World

BUCKET = "produits"
_DOCUMENTS = 4_000
_WIDTHS = (800, 1000, 1200, 1600, 2400)
_THUMBNAIL = 160
_MEDIUM = 640
_FETCH_ERRORS = ("404 Not Found", "The server did not answer within 20 seconds.", "Not a picture.")


def tables(world: World) -> list[Table]:
    fetched = sum(1 for _ in _fetched(world))
    jobs = sum(1 for _ in _to_fetch(world))
    return [
        Table(
            "media_files",
            (
                *("id", "bucket", "key", "sha256", "size_bytes", "mime_type", "product_id"),
                *("original_name", "created_at"),
            ),
            fetched + world.plan.count(_DOCUMENTS),
            lambda: _file_lines(world, fetched),
        ),
        Table(
            "media_metadata",
            ("file_id", "width", "height", "color_space", "details", "extracted_at"),
            sum(_has_metadata(number) for number in range(1, fetched + 1)),
            lambda: _metadata_lines(world),
        ),
        Table(
            "media_renditions",
            (
                *("id", "file_id", "name", "key", "mime_type", "width", "height"),
                *("size_bytes", "created_at"),
            ),
            sum(len(_renditions(number)) for number in range(1, fetched + 1)),
            lambda: _rendition_lines(world),
        ),
        Table(
            "media_fetch_jobs",
            (
                *("id", "source_url", "product_id", "file_id", "status", "attempts"),
                *("next_attempt_at", "error", "created_at", "finished_at"),
            ),
            jobs,
            lambda: _fetch_lines(world),
        ),
    ]


def _fetched(world: World) -> Iterator[tuple[int, int, int, int]]:
    """(file id, product id, position, moment) of each picture that was fetched."""
    created, end = world.products.created, world.plan.end
    for product_id, position, file_id in pictures(world.products):
        if file_id:
            at = created[product_id] + mix(file_id, 60) % DAY_MS
            yield file_id, product_id, position, min(at, end)


def _to_fetch(world: World) -> Iterator[tuple[int, int, int]]:
    """Only the first picture's job is kept once it is done."""
    return (picture for picture in pictures(world.products) if picture[1] == 0 or picture[2] == 0)


def _file_lines(world: World, fetched: int) -> Iterator[str]:
    for file_id, product_id, position, at in _fetched(world):
        size = 30_000 + mix(file_id, 61) % 1000**2 // 2
        kind = "jpeg" if file_id % 9 else "png"
        yield (
            f"{file_id}\t{BUCKET}\tpictures/{product_id % 1000:03d}/{product_id}-{position}.{kind}"
            f"\t{_sha256(file_id)}\t{size}\timage/{kind}"
            f"\t{product_id}\t{product_id}_{position + 1}.{kind}\t{moment(at)}"
        )
    age = int(PRODUCT_AGE.total_seconds() * 1000)
    documents = world.plan.count(_DOCUMENTS)
    for number in range(1, documents + 1):
        file_id = fetched + number
        at = world.plan.end - age + age * number // (documents + 1)
        yield (
            f"{file_id}\t{BUCKET}\tdocuments/{number:06d}.pdf\t{_sha256(file_id)}"
            f"\t{90_000 + mix(file_id, 61) % 4_000_000}\tapplication/pdf\t{NULL}"
            f"\tConditions générales {number}.pdf\t{moment(at)}"
        )


def _sha256(file_id: int) -> str:
    return hashlib.sha256(file_id.to_bytes(8, "big")).hexdigest()


def _has_metadata(file_id: int) -> bool:
    return mix(file_id, 62) % 20 > 0


def _size(file_id: int) -> tuple[int, int]:
    """Width and height; one picture in three is a square."""
    width = _WIDTHS[mix(file_id, 63) % len(_WIDTHS)]
    return width, width if file_id % 3 == 0 else width * 3 // 4


def _metadata_lines(world: World) -> Iterator[str]:
    for file_id, _product_id, _position, at in _fetched(world):
        if not _has_metadata(file_id):
            continue
        width, height = _size(file_id)
        space = "CMYK" if file_id % 71 == 0 else "sRGB" if file_id % 8 else ""
        details = '{"dpi": 72}' if file_id % 4 else '{"dpi": 300, "logiciel": "Scanner à plat"}'
        yield f"{file_id}\t{width}\t{height}\t{space}\t{details}\t{moment(at)}"


def _renditions(file_id: int) -> tuple[tuple[str, int], ...]:
    """Every picture has a thumbnail, one in three of the larger ones a medium size too."""
    if mix(file_id, 64) % 3:
        return (("thumbnail", _THUMBNAIL),)
    return (("medium", _MEDIUM), ("thumbnail", _THUMBNAIL))


def _rendition_lines(world: World) -> Iterator[str]:
    number = 0
    for file_id, product_id, position, at in _fetched(world):
        width, height = _size(file_id)
        made = moment(at)
        for name, new_width in _renditions(file_id):
            number += 1
            yield (
                f"{number}\t{file_id}\t{name}\trenditions/{product_id}-{position}-{name}.webp"
                f"\timage/webp\t{new_width}\t{new_width * height // width}"
                f"\t{new_width * new_width // 6}\t{made}"
            )


def _fetch_lines(world: World) -> Iterator[str]:
    """What has no file yet is tried again, or was given up, or is waiting for its first turn."""
    goods, end = world.products, world.plan.end
    for number, (product_id, position, file_id) in enumerate(_to_fetch(world), start=1):
        host = world.suppliers[goods.supplier[product_id] - 1].host
        chance = mix(number, 65)
        created = min(goods.created[product_id], end - HOUR_MS)
        finished = moment(created + chance % HOUR_MS)
        if file_id:
            state = f"{file_id}\tcompleted\t{1 + (chance % 30 == 0)}\t{NULL}\t"
        elif chance % 10 < 7:
            state = f"{NULL}\tfailed\t5\t{NULL}\t{_FETCH_ERRORS[chance % len(_FETCH_ERRORS)]}"
        else:
            finished = NULL
            again = moment(end + chance % HOUR_MS)
            status = "running" if chance % 400 == 9 else "pending"
            state = f"{NULL}\t{status}\t{chance % 3}\t{again}\t"
        yield (
            f"{number}\thttps://img.{host}/{product_id}/{position + 1}.jpg\t{product_id}\t{state}"
            f"\t{moment(created)}\t{finished}"
        )
