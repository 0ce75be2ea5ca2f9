using System.Buffers.Binary;

namespace Orchestrator.Simulator.Clusters.Protobuf;

/// <summary>Reads the fields of one message off the wire.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> rest)
{
    private ReadOnlySpan<byte> _rest = rest;

    /// <summary>False at the end.</summary>
    /// <param name="number">A varint's or a fixed field's value.</param>
    /// <param name="bytes">The content of a field with a length.</param>
    /// <exception cref="InvalidDataException">The bytes are no message.</exception>
    public bool Next(out int field, out ulong number, out ReadOnlySpan<byte> bytes)
    {
        field = 0;
        number = 0;
        bytes = default;
        if (_rest.IsEmpty)
        {
            return false;
        }

        var tag = Varint();
        field = (int)(tag >> 3);
        switch (tag & 7)
        {
            case 0:
                number = Varint();
                return true;
            case 1:
                number = BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
                return true;
            case 2:
                var length = Varint();
                bytes = Take(length <= int.MaxValue ? (int)length : throw new InvalidDataException("a field is too long"));
                return true;
            case 5:
                number = BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
                return true;
            default:
                throw new InvalidDataException($"wire type {tag & 7} is not used by Kubernetes");
        }
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
        {
            throw new InvalidDataException("the message ends within a field");
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    private ulong Varint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = Take(1)[0];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("a number has more than ten bytes");
    }
}
