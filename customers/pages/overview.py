"""The overview: how many customers, how many are new, and a chart of new customers per day."""

from datetime import timedelta

from django.utils import timezone

from core import dates
from customers import counts
from customers.models import Customer

DAYS = 30
WIDTH, HEIGHT = 1080, 165
TOP, FLOOR = 12, 140


def overview_values(app):
    """What the overview's template shows. Days and weeks are those of the active time zone; a week is seven days."""
    today = timezone.localdate()
    days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    per_day = counts.new_per_day(app, days[0], today)
    figures = [per_day.get(day, 0) for day in days]
    this_week, last_week = sum(figures[-7:]), sum(figures[-14:-7])
    first = Customer.objects.filter(app=app).order_by("created", "key").values_list("created", flat=True).first()
    return {
        "total_text": f"{counts.total(app):,}",
        "since_text": f"since {dates.day_text(dates.local_time(first))}" if first else "",
        "week_text": f"{this_week:,}",
        "week_change": _change(this_week, last_week),
        "figures": [],
        "chart": chart(days, figures),
        "chart_rows": [(dates.day_text(day), f"{figure:,}") for day, figure in zip(days, figures, strict=True)],
        "tz_name": timezone.get_current_timezone_name(),
    }


def _change(now, before):
    if not before:
        return "none the week before" if now else "none this week or last"
    percent = round(100 * (now - before) / before)
    if not percent:
        return "as many as last week"
    return f"{'↑' if percent > 0 else '↓'} {abs(percent)}% against last week"


def chart(days, figures):
    """The bars of an SVG of WIDTH by HEIGHT, one a day, with a scale that ends at a round number."""
    ceiling = _round_up(max(figures))
    step = WIDTH / len(days)
    scale = (FLOOR - TOP) / ceiling
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "bars": [
            {
                "x": round(index * step + step * 0.14, 1),
                "y": round(FLOOR - figure * scale, 1),
                "width": round(step * 0.72, 1),
                "height": round(figure * scale, 1),
                "label": dates.day_text(day),
                "count": f"{figure:,}",
            }
            for index, (day, figure) in enumerate(zip(days, figures, strict=True))
        ],
        "lines": [TOP, (TOP + FLOOR) / 2, FLOOR],
        "axis": [
            {"x": 0, "y": 158, "text": dates.day_text(days[0]), "anchor": "start"},
            {"x": WIDTH, "y": 158, "text": dates.day_text(days[-1]), "anchor": "end"},
            {"x": 0, "y": TOP - 3, "text": f"{ceiling:,}", "anchor": "start"},
        ],
    }


def _round_up(number):
    """The least of 4, 10, 20, 50, 100, 200, 500 … that is not less than `number`."""
    ceiling = 4
    for round_number in (factor * 10**power for power in range(1, 12) for factor in (1, 2, 5)):
        if ceiling >= number:
            break
        ceiling = round_number
    return ceiling
