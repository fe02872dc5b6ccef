"""Customers as people read them: rows with the match marked, dates and addresses."""

from html import escape
from urllib.parse import quote

from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from core.dates import clock_text, local_time, moment_title, moment_values
from core.folding import fold, fold_spans
from customers.values.countries import country_name
from customers.values.phones import phone_text


def highlight(text, words):
    """`text` escaped, with what the folded `words` match in it in <mark>; and the set of the words found."""
    found = {word for word in words if word in fold(text)} if text and words else set()
    if not found:
        return SafeString(escape(text)), found
    if text.isascii():
        folded, origins = text.lower(), [(index, index + 1) for index in range(len(text))]
    else:
        folded, origins = fold_spans(text)
    spans = []
    for word in found:
        start = folded.find(word)
        while start >= 0:
            spans.append((origins[start][0], origins[start + len(word) - 1][1]))
            start = folded.find(word, start + 1)
    return _marked(text, spans), found


def _marked(text, spans):
    parts, done = [], 0
    for start, end in sorted(spans):
        start = max(start, done)
        if start < end:
            parts += [escape(text[done:start]), mark_safe("<mark>"), escape(text[start:end]), mark_safe("</mark>")]
            done = end
    return SafeString("".join([*parts, escape(text[done:])]).replace("</mark><mark>", ""))


# Of the table's one part that repeats: a loop in its template would take four times as long.
_ROW = (
    '<tr><th scope="row" class="email"><a href="{url}">{email}</a></th>'
    '<td class="name"><bdi>{name}</bdi>{why}</td>'
    '<td class="when"><time datetime="{iso}" title="{title}">{text}</time></td></tr>\n'
).format
_WHOLE_EMAIL = (
    '<span class="middle" title="{email}"><span>{email}</span>'
    '<span aria-hidden="true" data-start="{start}" data-end="{end}"></span></span>'
).format


def rows_html(customers, words, list_url):
    """The rows of the table, with what the `words` of a search match in them marked."""
    texts = [word.text for word in words]
    zone = timezone.get_current_timezone()
    made = []
    for customer in customers:
        email, in_email = _email_html(customer, texts)
        name, in_name = highlight(customer.name, texts)
        why = _why(customer, [word for word in words if word.text not in in_email | in_name]) if words else ""
        local = local_time(customer.created, zone)
        made.append(
            _ROW(
                url=f"{list_url}{customer.public_id}/",
                email=email,
                name=name,
                why=f'<span class="why">{why}</span>' if why else "",
                text=clock_text(local),
                iso=local.isoformat(),
                title=escape(moment_title(local)),
            )
        )
    return mark_safe("".join(made))


def _email_html(customer, texts):
    """The email, cut in its middle by the style sheet where there is little room; with a mark in it, at its end."""
    if not customer.email:
        return f'<span class="none">No email</span> <code>{customer.public_id}</code>', set()
    marked, found = highlight(customer.email, texts)
    if found:
        return f'<span class="end" title="{escape(customer.email)}">{marked}</span>', found
    start, end = escape(customer.email[:-12]), escape(customer.email[-12:])
    return _WHOLE_EMAIL(email=marked, start=start, end=end), found


def _why(customer, words):
    """Which field that the table does not show has the words that the shown ones lack."""
    reasons = {}
    for word in words:
        if word.is_id and customer.public_id.startswith((word.typed, word.text)):
            reasons["id"] = _marked(customer.public_id, [(0, len(word.text))])
        elif (word.phone or word.text) in customer.phone:
            reasons["phone"] = _marked_phone(customer.phone, [w.phone or w.text for w in words])
    return SafeString(", ".join(f"{field} {shown}" for field, shown in reasons.items()))


def _marked_phone(phone, parts):
    shown = phone_text(phone)
    places = [index for index, letter in enumerate(shown) if letter == "+" or letter.isdigit()]
    spans = []
    for part in parts:
        start = phone.find(part)
        if start >= 0 and len(places) == len(phone):
            spans.append((places[start], places[start + len(part) - 1] + 1))
    return _marked(shown, spans)


def address_lines(customer):
    """The address as its country writes it, a list of lines; the country itself last."""
    line1, line2, city, state, code = (
        customer.address_line1,
        customer.address_line2,
        customer.address_city,
        customer.address_state,
        customer.address_postal_code,
    )
    country = customer.address_country
    if country in ("KR", "JP", "CN", "TW"):
        lines = [" ".join(filter(None, [code, state, city])), line1, line2]
    elif country in ("US", "CA", "AU", "IN"):
        lines = [line1, line2, " ".join(filter(None, [", ".join(filter(None, [city, state])), code]))]
    elif country in ("GB", "IE"):
        lines = [line1, line2, city, state, code]
    else:
        lines = [line1, line2, " ".join(filter(None, [code, city])), state]
    return [line for line in [*lines, country and country_name(country)] if line]


def detail(customer):
    """What the detail page shows of the customer."""
    return {
        "id": customer.public_id,
        "title": customer.name or customer.email or customer.public_id,
        "email": customer.email or "",
        "email_href": f"mailto:{quote(customer.email, safe='@')}" if customer.email else "",
        "name": customer.name,
        "phone_text": phone_text(customer.phone) if customer.phone else "",
        "phone_href": f"tel:{customer.phone}" if customer.phone else "",
        "address_lines": address_lines(customer),
        **moment_values("created", customer.created),
        **moment_values("updated", customer.updated),
    }
