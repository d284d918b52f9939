"""The suppliers and how their files are read."""

from __future__ import annotations

from dataclasses import dataclass

from demo.data import vocabulary
from demo.data.codes import mix
from demo.data.jobs import Job
from demo.data.plan import SUPPLIERS, Plan


@dataclass(frozen=True, slots=True)
class Supplier:
    id: int
    code: str
    name: str
    country: str
    currency: str
    language: str
    host: str


@dataclass(frozen=True, slots=True)
class Config:
    """`number` counts the configurations of one supplier from 0."""

    id: int
    supplier: Supplier
    number: int
    file_format: str

    @property
    def name(self) -> str:
        return ("catalogue", "stock", "tarifs")[self.number]


def build(plan: Plan) -> list[Supplier]:
    """In order of id, from 1."""
    rng = plan.rng("suppliers")
    spoken = vocabulary.words()["suppliers"]
    forms = {(form["name"], name): form for form in spoken["forms"] for name in spoken["surnames"]}
    suppliers: list[Supplier] = []
    while len(suppliers) < SUPPLIERS:
        weights = [form["weight"] for form in forms.values()]
        (key,) = rng.choices(list(forms), weights)
        suppliers.append(_supplier(len(suppliers) + 1, key[1], forms.pop(key)))
    return suppliers


def configs(suppliers: list[Supplier]) -> list[Config]:
    result: list[Config] = []
    for supplier in suppliers:
        for number in range(1 + mix(supplier.id, 30) % 3):
            kind = ("csv", "csv", "xlsx", "csv", "tsv")[mix(supplier.id, 31 + number) % 5]
            result.append(Config(len(result) + 1, supplier, number, kind))
    return result


def config_of(job: Job, own: list[Config]) -> Config:
    """`own` are those of the job's supplier; the first is used most."""
    return own[mix(job.id, 35) % 4 % len(own)]


def has_file(job: Job) -> bool:
    return job.status != "pending" and mix(job.id, 36) % 50 > 0


def _supplier(number: int, surname: str, form: dict[str, str]) -> Supplier:
    name = form["name"].format(surname)
    return Supplier(
        id=number,
        code=f"{vocabulary.slug(surname)[:6].upper()}-{number:02d}",
        name=name,
        country=form["country"],
        currency=form["currency"],
        language=form["language"],
        host=f"{vocabulary.slug(name)}.example",
    )
