"""What several tables must agree on, made once for all of them."""

from __future__ import annotations

from dataclasses import dataclass

from demo.data import jobs, products, suppliers
from demo.data.jobs import Job
from demo.data.plan import Plan
from demo.data.products import Products
from demo.data.suppliers import Config, Supplier


@dataclass(frozen=True, slots=True)
class World:
    plan: Plan
    suppliers: list[Supplier]
    configs: list[Config]
    products: Products
    jobs: list[Job]

    def configs_of(self, supplier_id: int) -> list[Config]:
        return [config for config in self.configs if config.supplier.id == supplier_id]


def build(plan: Plan) -> World:
    known = suppliers.build(plan)
    goods = products.build(plan)
    return World(plan, known, suppliers.configs(known), goods, jobs.build(plan, goods))
