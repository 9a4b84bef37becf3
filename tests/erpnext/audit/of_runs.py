"""What must be true of every run, whatever it does: one query for each rule.

What is to be done is held (I1), counters are what the items say and failures say why (I7), progress ends at the total (I8), every run has ended (I9).
"""

# ruff: noqa: E501  SQL reads better in long lines

from __future__ import annotations

from collections.abc import Mapping

# True of all committed rows at any moment, whatever was killed a moment ago.
AT_ANY_MOMENT: Mapping[str, str] = {
    "I1 an item to do is free for other runs": """
        select b.name, i.position, i.reference_name from `tabBatch Run` b join `tabBatch Run Item` i on i.run = b.name
        where {mine} and b.status in {live} and i.status = 'Pending' and i.live_key is null""",
    "I7 a run's counters are not its items'": """
        select b.name, b.status, b.total, b.processed, b.succeeded, b.failed, b.undone, b.undo_failed from `tabBatch Run` b
        join `tabBatch Run Item` i on i.run = b.name where {mine} group by b.name
        having b.total != count(*) or b.failed != sum(i.status = 'Failed') or b.undone != sum(i.status = 'Undone')
        or b.undo_failed != sum(i.status = 'Undo Failed')
        or b.succeeded != sum(i.status in ('Succeeded', 'Undone', 'Undo Failed'))
        or (b.status in ('Pending', 'Processing') and b.processed != sum(i.status != 'Pending'))""",
    "I7 an item failed, and nobody is told why": """
        select b.name, i.position, i.reference_name from `tabBatch Run` b join `tabBatch Run Item` i on i.run = b.name
        where {mine} and i.status = 'Failed' and coalesce(i.error, '') = ''""",
}

# True of a run that nobody works any more, on top.
WHEN_ENDED: Mapping[str, str] = {
    "I8 a run's progress did not end at its total": """
        select b.name, b.status, b.processed, b.total, b.undone, b.undo_failed, b.to_undo from `tabBatch Run` b
        where {mine} and ((b.status in ('Completed', 'Completed with Errors') and b.processed != b.total)
        or (b.status in ('Failed', 'Cancelled', 'Needs Attention') and b.undone + b.undo_failed != b.to_undo))""",
    "I9 a run has not ended": "select b.name, b.status from `tabBatch Run` b where {mine} and b.status in {live}",
    "I9 a run that ended holds a lease": """
        select b.name, b.lease_holder from `tabBatch Run` b where {mine} and b.status not in {live}
        and (b.lease_holder is not null or b.ended_at is null)""",
    "I9 a run that ended holds a document": """
        select b.name, i.position, i.live_key from `tabBatch Run` b left join `tabBatch Run Item` i
        on i.run = b.name and i.live_key is not null and i.status != 'Undo Failed'
        where {mine} and b.status not in {live} and b.status != 'Needs Attention' and (b.live_key is not null or i.name is not null)""",
}
