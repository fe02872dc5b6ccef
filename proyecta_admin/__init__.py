"""The project: composes the packages into the product. Nothing imports it but manage.py, scripts, tests, benchmarks.

settings     the settings, from the environment
urls         the URLconf
site, apps   Django's admin site
middleware   security headers, requests in UTF-8 only, known host names
templating   what the Jinja2 templates have beyond the language
health       healthz, readyz, and the pages for errors
well_known   security.txt and robots.txt
wsgi         the WSGI application
serve        `make run`
demo         the example app of a first start
"""
