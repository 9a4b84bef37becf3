"""The system's clock."""

from __future__ import annotations

import time
from datetime import datetime, timezone


class SystemClock:
    """See ``imogi_finance.batch.doors.Clock``."""

    def now(self) -> datetime:
        return datetime.now(timezone.utc)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
