"""What can go wrong in the catalogue, one class per cause."""

from __future__ import annotations


class CatalogError(Exception):
    """Root of the catalogue's errors; the message is meant for the person who asked."""


class CategoryCycle(CatalogError):
    """A category was to be moved below itself; choose a parent outside its subtree."""


class CategoryPathTaken(CatalogError):
    """Another category has that slug under that parent; choose another slug."""


class CategoryPathTooLong(CatalogError):
    """The slugs from the root are too long together; shorten one or move higher up."""


class CategoriesBusy(CatalogError):
    """Another change of the tree holds its lock; try again when it has ended."""


class SearchTooSlow(CatalogError):
    """A search was stopped at its time limit; an SKU, an EAN or a filter narrows it down."""
