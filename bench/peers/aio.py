"""What a user of grpc.aio writes: a generator for each call that yields and sleeps. Items are encoded by hand, which is
less than a generated message costs. Arguments: interval in milliseconds; calls at one time on one connection.
"""

import asyncio
import json
import struct
import sys

import grpc

INTERVAL_S = int(sys.argv[1]) / 1000
STREAMS = int(sys.argv[2])


def item(index):
    """Of one length: the index as a varint of two bytes, which goes up to 16,383."""
    return struct.pack("<6BI", 0x12, 8, 0x08, index & 0x7F | 0x80, index >> 7, 0x15, index)


async def open_call(_request, _context):
    index = 0
    while True:
        if index > 1:
            await asyncio.sleep(INTERVAL_S)
        yield item(index)
        index += 1


async def main():
    server = grpc.aio.server(options=[("grpc.max_concurrent_streams", STREAMS)])
    handlers = {"Open": grpc.unary_stream_rpc_method_handler(open_call)}
    service = grpc.method_handlers_generic_handler("reseq.v1.SequenceService", handlers)
    server.add_generic_rpc_handlers((service,))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(json.dumps({"port": port}), flush=True)
    await server.wait_for_termination()


asyncio.run(main())
