"""The backend that `ENGINE` names."""

from types import TracebackType
from typing import Any

import psycopg
from django.db import OperationalError
from django.db.backends.postgresql import base
from django.db.utils import DatabaseErrorWrapper
from django.utils.functional import cached_property

from storefront.database.postgresql import crowding

AS_IF_AWAY = (psycopg.errors.ReadOnlySqlTransaction, psycopg.errors.IdleInTransactionSessionTimeout)
"""What PostgreSQL calls internal errors, and is its absence to us: a server that has become read-only, as one does
that is no longer the primary, and one that has hung up on a process which stood still in a transaction."""


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection of one thread to one alias, or one lent by the pool."""

    @cached_property
    def wrap_database_errors(self) -> DatabaseErrorWrapper:
        """The driver's errors become Django's here, and nowhere else."""
        return _Errors(self)

    def hang_up(self) -> None:
        """Nothing more goes over this connection, and no pool lends it again: the next may lead to another server."""
        self.errors_occurred = True
        if (gone := self.connection) is None:
            return
        gone.close()
        if self.in_atomic_block:  # told of it, Django connects when it is asked again, not while it rolls back
            self.close()
            self.connection = gone  # for whoever describes the statement; the end of the transaction forgets it

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect; a server that is full is told of in the log."""
        try:
            return super().get_new_connection(conn_params)
        except psycopg.OperationalError as error:
            crowding.refused(self.alias, error)
            raise

    def init_connection_state(self) -> None:
        """A new connection is ready; those of a pool are bounded, and lent again and again."""
        super().init_connection_state()
        if not self.pool:
            crowding.look(self.alias, self.connection)


class _Errors(DatabaseErrorWrapper):
    """Whoever knows what to do without a database need not know how a server says that it is none any more."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, AS_IF_AWAY):
            self.wrapper.hang_up()  # type: ignore[attr-defined]  # the stubs know it not
            raise OperationalError(*error.args).with_traceback(trace) from error
        super().__exit__(kind, error, trace)
