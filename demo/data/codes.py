"""Codes that follow from a number alone, so that every table that shows one agrees on it."""

from __future__ import annotations

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
# GS1 keeps the prefix 952 for demonstrations: no real article has such a number.
_GS1_PREFIX = "952"


def mix(number: int, salt: int) -> int:
    """32 bits that look random but are always the same for the same arguments."""
    x = (number * 0x9E3779B1 + salt * 0x85EBCA77) & 0xFFFFFFFF
    x = ((x ^ (x >> 16)) * 0x7FEB352D) & 0xFFFFFFFF
    x = ((x ^ (x >> 15)) * 0x846CA68B) & 0xFFFFFFFF
    return x ^ (x >> 16)


def check_digit(digits: str) -> str:
    """The last digit of a GTIN of any length, given the others."""
    total = 3 * sum(map(int, digits[::-2])) + sum(map(int, digits[-2::-2]))
    return str(-total % 10)


def article(product_id: int) -> int:
    """What the product is, whoever sells it: one in eight is also offered by someone else."""
    chance = mix(product_id, 1)
    return product_id if chance % 8 else max(1, product_id - 1 - chance % 97)


def ean(product_id: int) -> str:
    """Empty for one product in fourteen, a carton's GTIN-14 for one in forty, else an EAN-13."""
    number = article(product_id)
    chance = mix(number, 2)
    if chance % 14 == 0:
        return ""
    digits = f"{_GS1_PREFIX}{number * 7 % 1_000_000_000:09d}"
    if chance % 40 == 1:
        digits = f"1{digits}"
    return digits + check_digit(digits)


def asin(product_id: int, choice: int = 0) -> str:
    """`choice` tells apart the candidates that a search offers for one product."""
    number = article(product_id)
    rest = mix(number, 3 + choice) << 16 | mix(number, 103 + choice) & 0xFFFF
    characters = []
    for _ in range(8):
        rest, digit = divmod(rest, 36)
        characters.append(_ALPHABET[digit])
    return "B0" + "".join(characters)
