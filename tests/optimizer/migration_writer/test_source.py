from __future__ import annotations

import textwrap

import pytest

from optimizer.exceptions import MigrationRefused
from optimizer.migration_writer.layout import Call, Name
from optimizer.migration_writer.source import Source
from tests.optimizer.migration_writer.helpers import complaints_of_ruff

F = Name("django.db.models", "F")
NEW = Call(Name("django.db.models", "Index"), (), {"fields": ("title",), "name": "idx_new"})
SORTED = Call(
    Name("django.db.models", "Index"), (Call(F, ("day",), {}, "desc"),), {"name": "idx_day"}
)
HASH = Call(
    Name("django.contrib.postgres.indexes", "HashIndex"), (), {"fields": ("a",), "name": "idx_h"}
)

IMPORTS = "from django.db import models\n"


def patched(text: str, *calls: Call, model: str = "Book") -> str:
    source = Source(textwrap.dedent(text), path="library/models.py")
    source.add_indexes(model, calls)
    return source.text


def meta(body: str) -> str:
    indented = textwrap.indent(textwrap.dedent(body).strip("\n"), " " * 8)
    return (
        f"{IMPORTS}\n\nclass Book(models.Model):\n    title = models.TextField()\n\n"
        f"    class Meta:\n{indented}\n\n"
        "    def __str__(self) -> str:\n        return self.title\n"
    )


def refusal(text: str, *calls: Call, model: str = "Book") -> str:
    with pytest.raises(MigrationRefused) as failure:
        patched(text, *(calls or (NEW,)), model=model)
    return str(failure.value)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            'db_table = "books"',
            """
            db_table = "books"
            indexes = [models.Index(fields=["title"], name="idx_new")]
            """,
        ),
        (
            """
            ordering = ["title"]  # as on the shelf
            # What has to hold.
            constraints = []
            """,
            """
            ordering = ["title"]  # as on the shelf
            indexes = [models.Index(fields=["title"], name="idx_new")]
            # What has to hold.
            constraints = []
            """,
        ),
        (
            "constraints = []",
            """
            indexes = [models.Index(fields=["title"], name="idx_new")]
            constraints = []
            """,
        ),
        (
            "indexes = []",
            """
            indexes = [
                models.Index(fields=["title"], name="idx_new"),
            ]
            """,
        ),
        (
            'indexes = [models.Index("é", name="old")]  # few',
            """
            indexes = [
                models.Index("é", name="old"),
                models.Index(fields=["title"], name="idx_new"),
            ]  # few
            """,
        ),
        (
            """
            indexes = [
                models.Index("a", name="old"),  # for the list
                # and nothing else
            ]
            """,
            """
            indexes = [
                models.Index("a", name="old"),  # for the list
                # and nothing else
                models.Index(fields=["title"], name="idx_new"),
            ]
            """,
        ),
        (
            """
            indexes: list[models.Index] = [
                models.Index("a", name="old")  # for the list
            ]
            """,
            """
            indexes: list[models.Index] = [
                models.Index("a", name="old"),  # for the list
                models.Index(fields=["title"], name="idx_new"),
            ]
            """,
        ),
    ],
)
def test_the_index_comes_behind_those_there_are(before: str, after: str) -> None:
    text = patched(meta(before), NEW)

    assert text == meta(after)
    assert complaints_of_ruff(text) == ""


def test_a_model_without_meta_gets_one_behind_its_fields() -> None:
    text = patched(
        f'''{IMPORTS}

class Book(models.Model):
    """A book."""

    title = models.TextField()  # of the cover

    def __str__(self) -> str:
        return self.title
''',
        NEW,
    )

    assert (
        text
        == f'''{IMPORTS}

class Book(models.Model):
    """A book."""

    title = models.TextField()  # of the cover

    class Meta:
        indexes = [models.Index(fields=["title"], name="idx_new")]

    def __str__(self) -> str:
        return self.title
'''
    )
    assert complaints_of_ruff(text) == ""


def test_several_indexes_and_a_nested_class() -> None:
    text = patched(
        f"""{IMPORTS}

class Library:
    class Book(models.Model):
        title = models.TextField()

        class Meta:
            db_table = "books"

        def __str__(self) -> str:
            return self.title
""",
        NEW,
        SORTED,
        model="Library.Book",
    )

    assert (
        """
            db_table = "books"
            indexes = [
                models.Index(fields=["title"], name="idx_new"),
                models.Index(models.F("day").desc(), name="idx_day"),
            ]
"""
        in text
    )
    assert complaints_of_ruff(text) == ""


@pytest.mark.parametrize(
    ("imports", "expected"),
    [
        (
            "from django.db import models",
            "from django.contrib.postgres.indexes import HashIndex\nfrom django.db import models",
        ),
        (
            "from __future__ import annotations\n\nimport os\n\n"
            "from django.db import models\n\nfrom config.fields import Index",
            "from __future__ import annotations\n\nimport os\n\n"
            "from django.contrib.postgres.indexes import HashIndex\nfrom django.db import models\n\n"
            "from config.fields import Index",
        ),
        (
            "from django.contrib.postgres.indexes import BrinIndex\nfrom django.db import models",
            "from django.contrib.postgres.indexes import BrinIndex, HashIndex\n"
            "from django.db import models",
        ),
        (
            "from django.contrib.postgres.indexes import BTreeIndex, BloomIndex, BrinIndex, "
            "GinIndex, SpGistIndex\nfrom django.db import models",
            "from django.contrib.postgres.indexes import (\n    BloomIndex,\n    BrinIndex,\n"
            "    BTreeIndex,\n    GinIndex,\n    HashIndex,\n    SpGistIndex,\n)\nfrom django.db import models",
        ),
        (
            "from django.contrib.postgres.indexes import HashIndex as Hash\n"
            "from django.db import models",
            "from django.contrib.postgres.indexes import HashIndex as Hash\n"
            "from django.db import models",
        ),
        (
            "from django.contrib import admin as models",
            "from django.contrib import admin as models\n"
            "from django.contrib.postgres.indexes import HashIndex",
        ),
    ],
)
def test_what_is_not_imported_yet_is_imported_at_its_place(imports: str, expected: str) -> None:
    body = "\n\n\nclass Book(models.Model):\n    class Meta:\n        db_table = 'books'\n"

    text = patched(imports + body, HASH)

    assert text.startswith(expected + "\n\n\nclass Book")


def test_names_are_used_as_the_file_has_them() -> None:
    body = "\n\n\nclass Book(Model):\n    class Meta:\n        db_table = 'books'\n"

    text = patched("from django.db.models import F as Field, Model" + body, SORTED)

    assert text.startswith("from django.db.models import F as Field, Index, Model\n")
    assert 'indexes = [Index(Field("day").desc(), name="idx_day")]' in text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (meta("indexes = BASE + []"), "no plain list"),
        (meta("indexes = models.Index(fields=['a']),"), "no plain list"),
        (
            f"{IMPORTS}class Book(models.Model):\n    class Meta(Base.Meta):\n        abstract = False",
            "inherits its indexes",
        ),
        (f"{IMPORTS}class Book(Base, models.Model):\n    pass", "may inherit its Meta"),
        (f"{IMPORTS}class Page(models.Model):\n    pass", "The class Book is not in it."),
        ("class Book(:", "no valid Python"),
    ],
)
def test_what_cannot_be_patched_is_refused_with_the_reason(text: str, reason: str) -> None:
    said = refusal(text)

    assert said.startswith("library/models.py cannot be patched.")
    assert reason in said


def test_a_name_that_means_something_else_is_refused() -> None:
    text = f"{IMPORTS}HashIndex = 3\n\n\nclass Book(models.Model):\n    class Meta:\n        pass\n"

    assert "It calls something else HashIndex." in refusal(text, HASH)


def test_remarks_among_imports_are_not_lost() -> None:
    text = meta("indexes = []").replace(
        IMPORTS,
        IMPORTS + "from django.contrib.postgres.indexes import (\n    GinIndex,  # for tags\n)\n",
    )

    assert "There are remarks among the names" in refusal(text, HASH)
