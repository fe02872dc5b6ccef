"""Pages of accounts.

sign_in     the sign-in form, and the page of a person who is locked out
home        the redirect from / to the last app
account     the own account: name, time zone, password
api_keys    the API keys of an app
"""
