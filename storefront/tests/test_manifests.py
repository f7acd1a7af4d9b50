"""Manifests follow from the topology and the import graph."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from storefront.topology.kubernetes import Shop
from storefront.topology.manifests import generated_files, kubernetes_files, topology_text
from storefront.topology.network import reached, reaching
from storefront.topology.plan import Process, Topology, load
from storefront.topology.programs import programs_of
from storefront.topology.wiring import Wiring

BOOKS = Process("books", ("books", "reviews"), "http://127.0.0.1:8101")
TILL = Process("till", ("till",), "http://127.0.0.1:8102", identity=True)
STORES = Process("stores", ("stores",), "http://127.0.0.1:8103")
WIRING = Wiring({"till": ("books", "stores"), "reviews": ("books",)}, {"stores.ran_low": ("till",)})


def shop(events: Any = "http", public: frozenset[str] = frozenset({"books", "till"})) -> Shop:
    return Shop(Topology("market", events, (BOOKS, TILL, STORES)), WIRING, public, keeping_files=frozenset({"books"}))


def manifests(files: dict[str, str], name: str, kind: str) -> dict[str, Any]:
    """Those of a kind in a file, by their names."""
    found = yaml.safe_load_all(files[name])
    return {each["metadata"]["name"]: each for each in found if each["kind"] == kind}


@pytest.fixture
def files() -> dict[str, str]:
    return kubernetes_files(shop(), [], tag="1.2.3")


class TestPrograms:
    def test_a_process_serves_and_relays(self) -> None:
        found = programs_of(BOOKS, shop().topology)

        assert [program.name for program in found] == ["books", "books-relay"]

    def test_a_broker_brings_a_worker_on_the_queues_of_its_modules(self) -> None:
        worker = programs_of(BOOKS, shop("celery").topology)[-1]

        assert worker.name == "books-worker"
        assert "events.books,events.reviews" in worker.command


class TestNetwork:
    def test_only_who_calls_may_reach(self) -> None:
        assert reaching(shop(), BOOKS) == (TILL,)
        assert reaching(shop(), STORES) == (TILL,)

    def test_everybody_may_ask_who_an_operator_is_where_identity_is_kept(self) -> None:
        assert reaching(shop("celery"), TILL) == (BOOKS, STORES)
        assert reached(shop("celery"), TILL) == (BOOKS, STORES)

    def test_who_has_facts_may_reach_who_hears_them(self) -> None:
        heard = Wiring({}, {"stores.ran_low": ("books",)})

        assert reached(shop("http")._replace(wiring=heard), STORES) == (BOOKS, TILL)
        assert reached(shop("http")._replace(wiring=heard), BOOKS) == (TILL,)

    def test_behind_a_broker_who_hears_facts_acknowledges_them_to_who_had_them(self) -> None:
        heard = Wiring({}, {"stores.ran_low": ("books",)})

        assert reached(shop("celery")._replace(wiring=heard), BOOKS) == (TILL, STORES)
        assert reached(shop("celery")._replace(wiring=heard), STORES) == (TILL,)

    def test_the_gateway_reaches_public_paths_only(self, files: dict[str, str]) -> None:
        coming = manifests(files, "stores.yaml", "NetworkPolicy")["stores"]["spec"]["ingress"]
        sources = [source for each in coming for source in each["from"]]

        assert [list(source) for source in sources] == [["podSelector"]]
        assert len(manifests(files, "books.yaml", "NetworkPolicy")["books"]["spec"]["ingress"]) == 2


class TestFiles:
    def test_each_process_has_one_and_the_kustomization_names_them(self, files: dict[str, str]) -> None:
        kustomization = yaml.safe_load(files["kustomization.yaml"])

        assert set(kustomization["resources"]) == {name for name in files if name.endswith(".yaml")} - {
            "kustomization.yaml"
        }
        assert kustomization["images"] == [{"name": "storefront", "newTag": "1.2.3"}]

    def test_pods_are_no_root_write_nowhere_and_name_their_process(self, files: dict[str, str]) -> None:
        deployments = manifests(files, "till.yaml", "Deployment")

        assert set(deployments) == {"till", "till-relay"}
        for deployment in deployments.values():
            pod = deployment["spec"]["template"]["spec"]
            assert pod["securityContext"]["runAsNonRoot"]
            for container in (*pod["initContainers"], *pod["containers"]):
                assert container["securityContext"]["readOnlyRootFilesystem"]
                assert {"name": "STOREFRONT_PROCESS", "value": "till"} in container["env"]

    def test_only_the_process_that_keeps_files_mounts_them(self, files: dict[str, str]) -> None:
        assert "claimName: media" in files["books.yaml"]
        assert "claimName: media" not in files["till.yaml"]
        assert "media.yaml" in files

    def test_no_secret_is_written_anywhere(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            assert "kind: Secret" not in text, name
            assert "SECRET_KEY=" not in text, name
            assert "DATABASE_URL" not in text, name

    def test_the_topology_is_the_same_with_services_for_addresses(self, files: dict[str, str], tmp_path: Path) -> None:
        (tmp_path / "market.toml").write_text(files["topology.toml"])

        found = load("market", tmp_path)

        assert found.modules == shop().topology.modules
        assert found.home.name == "till"
        assert [process.url for process in found.processes] == [
            "http://books:8000", "http://till:8000", "http://stores:8000",
        ]

    def test_a_topology_is_written_as_it_is_read(self, tmp_path: Path) -> None:
        (tmp_path / "market.toml").write_text(topology_text(shop("celery").topology))

        assert load("market", tmp_path) == shop("celery").topology

    def test_files_of_others_in_the_folder_are_left_alone(self, files: dict[str, str], tmp_path: Path) -> None:
        (tmp_path / "notes.md").write_text("Ours.")
        (tmp_path / "till.yaml").write_text(files["till.yaml"])

        assert generated_files(tmp_path) == {"till.yaml": files["till.yaml"]}
