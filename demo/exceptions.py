from __future__ import annotations


class DemoError(Exception):
    """Something about the demonstration data or the workload; the text says what to do."""


class ForeignRows(DemoError):
    """A database has rows that `load_demo` did not write; they are not touched."""


class OtherData(DemoError):
    """There is demonstration data already, but not what was asked for."""


class NotDemoData(DemoError):
    """What was asked for is only done to demonstration data."""


class NotMigrated(DemoError):
    """A table is missing: run `manage.py migrate_all` first."""


class Stopped(DemoError):
    """The load was interrupted; the databases that were not finished are as they were."""


class LoadFailed(DemoError):
    """PostgreSQL refused something; what was not finished is as it was."""


class WorkloadFailed(DemoError):
    """A statement of the workload failed."""
