from django import template

from ..unseen import isolated

register = template.Library()
register.filter("isolated", isolated)
