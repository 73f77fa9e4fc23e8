"""A page with a chart of numbers that its reader chooses."""

from platform import python_version

import pandas as pd
import streamlit as st

st.title("Streamlit example")
st.write(f"Hello from Streamlit {st.__version__} on Python {python_version()}!")
count = st.slider("How many?", min_value=2, max_value=50, value=20)
numbers = pd.Series(range(count), name="number")
st.line_chart(pd.DataFrame({"square": numbers**2, "cube": numbers**3}))
