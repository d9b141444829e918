"""The shipped scenarios as a table, to choose from."""

import pandas as pd

from trackfuse.catalog.catalog import load_scenario, scenario_names


def scenarios() -> pd.DataFrame:
    """Every shipped scenario, one row each.

    Returns
    -------
    DataFrame
        name, title, missile, apogee_km and range_km of the launch, places to warn, number of launches,
        whether debris is seen, source.

    Examples
    --------
    >>> table = tf.scenarios().set_index("name")
    >>> str(table.loc["kn25_2023_02_20", "missile"])
    'KN-25'
    """
    loaded = [load_scenario(name) for name in scenario_names()]
    return pd.DataFrame(
        {
            "name": [scenario.name for scenario in loaded],
            "title": [scenario.title for scenario in loaded],
            "missile": [scenario.launch.missile.name for scenario in loaded],
            "apogee_km": [scenario.launch.apogee_km for scenario in loaded],
            "range_km": [scenario.launch.range_km for scenario in loaded],
            "places": [len(scenario.places) for scenario in loaded],
            "launches": [1 + len(scenario.salvo) for scenario in loaded],
            "debris": [scenario.debris for scenario in loaded],
            "source": [scenario.source for scenario in loaded],
        }
    )
