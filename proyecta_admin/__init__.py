"""The project: composes the packages into the product. Nothing imports it but manage.py, scripts, tests, benchmarks.

settings     the settings, from the environment
urls         the URLconf
site, apps   Django's admin site
middleware   requests in UTF-8 only
templating   what the Jinja2 templates have beyond the language
health       healthz, readyz, and the pages for errors
wsgi         the WSGI application
serve        `make run`
demo         the example app of a first start
"""
