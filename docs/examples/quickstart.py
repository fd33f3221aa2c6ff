from holdfast.actors import Fleet
from holdfast.handlers import ConnectionHandler, HmacAuth
from holdfast.testing import ScriptedServer, exchange


class Prices(ConnectionHandler):
    def on_message(self, connection, message):
        print(connection.name, message)


auth, feed = HmacAuth("key", "secret"), {"op": "subscribe", "channel": "btc"}
with ScriptedServer(exchange(secrets={"key": "secret"})) as server, Fleet() as fleet:
    fleet.connect("btc", server.url, handler=Prices, auth=auth, subscriptions=[feed])
    fleet.wait_ready(timeout=10)
    print(fleet.send("btc", {"op": "ping"}).get(timeout=5), fleet.status("btc").phase)
