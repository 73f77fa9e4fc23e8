"""An API that says what answers it."""

from platform import python_version

import fastapi

app = fastapi.FastAPI()


@app.get("/")
def index() -> dict[str, str]:
    return {"message": f"Hello from FastAPI {fastapi.__version__} on Python {python_version()}!"}
