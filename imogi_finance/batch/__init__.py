"""The batch engine: a run of many items that ends whole, whatever happens to its workers.

The database is the truth and the queue is only a doorbell. Every fact that matters is a row of a
``Batch Run`` or a ``Batch Run Item``; a chunk commits the business documents and the item rows in
one transaction, guarded by the epoch of the lease. Standard library only.
"""
