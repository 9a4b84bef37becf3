"""The batch store on ERPNext's tables: runs and items, guarded by the epoch.

A run is inserted as a document, as Frappe would have it. From then on it changes by SQL alone: the guard of every
write is in its WHERE, which no ``save`` of a document has.
"""

from imogi_finance.erpnext_adapter.batch_store.items import ItemRows
from imogi_finance.erpnext_adapter.batch_store.runs import RunRows


class FrappeBatchStore(RunRows, ItemRows):
    """See ``imogi_finance.batch.doors.BatchStore`` for every method."""


__all__ = ["FrappeBatchStore"]
