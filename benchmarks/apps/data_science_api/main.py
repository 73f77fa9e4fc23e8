"""An API that predicts: ``uvicorn main:app``."""

import numpy as np
import pandas as pd
from fastapi import FastAPI
from sklearn.linear_model import LinearRegression

app = FastAPI()

_SAMPLES = pd.DataFrame({"hours": np.arange(10.0), "score": np.arange(10.0) * 2 + 1})
_MODEL = LinearRegression().fit(_SAMPLES[["hours"]].to_numpy(), _SAMPLES["score"].to_numpy())


@app.get("/")
def predict(hours: float = 1.0) -> dict[str, float]:
    """Return the score that is expected after so many hours."""
    return {"score": float(_MODEL.predict([[hours]])[0])}
