"""The overview: how many customers, how many are new, and a chart of new customers a day."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import App
from core.dates import day_text, local_time, number_text
from customers import counts
from customers.models import Customer

CHART_DAYS = 30
# The drawing, in units of its viewBox. The bars stand between the lines of the greatest number and of zero.
CHART_WIDTH, CHART_HEIGHT = 1080, 165
CHART_TOP_Y, CHART_FLOOR_Y, CHART_TEXT_Y = 12, 140, 158
BAR_WIDTH_SHARE = 0.72  # of the width that a day has


def overview_values(app: App) -> dict[str, Any]:
    """The values of the overview's template. Days and weeks are in the active time zone; a week is seven days."""
    today = timezone.localdate()
    days = [today - timedelta(days=back) for back in range(CHART_DAYS - 1, -1, -1)]
    per_day = counts.new_per_day(app, days[0], today)
    figures = [per_day.get(day, 0) for day in days]
    this_week, last_week = sum(figures[-7:]), sum(figures[-14:-7])
    first = Customer.objects.filter(app=app).order_by("created", "key").values_list("created", flat=True).first()
    return {
        "total_text": number_text(counts.total(app)),
        "since_text": gettext("since %(day)s") % {"day": day_text(local_time(first))} if first else "",
        "week_text": number_text(this_week),
        "week_change": week_change(this_week, last_week),
        "week_is_better": bool(last_week) and _percent(this_week, last_week) > 0,
        "figures": [],
        "chart": chart(days, figures),
        "chart_rows": [(day_text(day), number_text(figure)) for day, figure in zip(days, figures, strict=True)],
        "tz_name": timezone.get_current_timezone_name(),
    }


def week_change(this_week: int, last_week: int) -> str:
    """How the number of new customers compares with that of the week before, such as ↑ 12% against last week."""
    if not last_week:
        return gettext("none the week before") if this_week else gettext("none this week or last")
    percent = _percent(this_week, last_week)
    if not percent:
        return gettext("as many as last week")
    if percent > 0:
        return gettext("↑ %(percent)s%% against last week") % {"percent": percent}
    return gettext("↓ %(percent)s%% against last week") % {"percent": -percent}


def _percent(this_week: int, last_week: int) -> int:
    return round(100 * (this_week - last_week) / last_week)


def chart(days: Sequence[date], figures: Sequence[int]) -> dict[str, Any]:
    """The parts of the drawing: a bar for each day, on a scale that ends at a round number."""
    ceiling = _round_up(max(figures))
    step = CHART_WIDTH / len(days)
    scale = (CHART_FLOOR_Y - CHART_TOP_Y) / ceiling
    return {
        "width": CHART_WIDTH,
        "height": CHART_HEIGHT,
        "bars": [
            {
                "x": round(index * step + step * (1 - BAR_WIDTH_SHARE) / 2, 1),
                "y": round(CHART_FLOOR_Y - figure * scale, 1),
                "width": round(step * BAR_WIDTH_SHARE, 1),
                "height": round(figure * scale, 1),
                "label": day_text(day),
                "count": number_text(figure),
            }
            for index, (day, figure) in enumerate(zip(days, figures, strict=True))
        ],
        "lines": [CHART_TOP_Y, (CHART_TOP_Y + CHART_FLOOR_Y) / 2, CHART_FLOOR_Y],
        "axis": [
            {"x": 0, "y": CHART_TEXT_Y, "text": day_text(days[0]), "anchor": "start"},
            {"x": CHART_WIDTH, "y": CHART_TEXT_Y, "text": day_text(days[-1]), "anchor": "end"},
            {"x": 0, "y": CHART_TOP_Y - 3, "text": number_text(ceiling), "anchor": "start"},
        ],
    }


def _round_up(number: int) -> int:
    """The least of 4, 10, 20, 50, 100, 200, 500 … that is not less than `number`."""
    ceiling = 4
    for round_number in (factor * 10**power for power in range(1, 12) for factor in (1, 2, 5)):
        if ceiling >= number:
            break
        ceiling = round_number
    return ceiling
