"""The contract of the HTTP API: its description after OpenAPI 3.1, made of the routes, their forms and their answers."""
