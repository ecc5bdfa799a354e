"""Run in a container of ours: what is on record, as JSON. Alerts that the console raises of itself are left out."""

import json
import sys
from pathlib import Path

from sqlalchemy import select

from console.alerts.tables import AlertRow
from console.cameras import outages
from lianqin import settings
from lianqin.db import Store, open_engine
from patrol.duty.tables import Shift
from patrol.trails.store import TrailStore

opened, until, *guards = sys.argv[1:]
known = settings.load()
trails = TrailStore(Path(known.trails))
with Store(open_engine(known.database)).read() as session:
    rows = list(session.scalars(select(AlertRow).where(AlertRow.situation.not_in(outages.SITUATIONS))))
    alerts = {row.id: [row.camera_id, row.zone_id, row.captured_at] for row in rows}
    judged = {row.guard_id: row.facts.get("fixes") for row in session.scalars(select(Shift)) if row.guard_id in guards}
fixes = {guard: [fix.at for fix in trails.read(guard, float(opened), float(until))] for guard in guards}
spools = {file.parent.name: file.stat().st_size for file in known.run_dir.glob("spool/*/spool.log")}
print(json.dumps({"alerts": alerts, "judged": judged, "fixes": fixes, "spools": spools}))
