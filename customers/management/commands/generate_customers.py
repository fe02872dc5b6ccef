"""Fills an app with made-up customers, by COPY."""

from datetime import UTC, datetime

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils.dateparse import parse_date
from tqdm import tqdm

from accounts.management.lookups import app_named

from ...demo import DemoCustomer, TakenEmails, demo_customers
