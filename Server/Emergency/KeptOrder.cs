using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Fleet.Clock;
using Orchestrator.Infra.FastScaleDown;

namespace Orchestrator.Server.Emergency;

/// <summary>An approved plan with all that carrying it out needs when neither store nor bus answers.</summary>
/// <param name="Plan">The plan's id.</param>
/// <param name="Run">The run that the trigger starts, and that follows when the store is back.</param>
/// <param name="Confirm">What whoever triggers it types.</param>
/// <param name="ValidUntil">On the environment clock.</param>
/// <param name="Roles">Who may trigger it.</param>
/// <param name="AsOf">When what stands was looked up last, on the environment clock.</param>
/// <param name="Fleet">The fleet file, as text.</param>
/// <param name="Cloud">Of the environment; null: the settings have every address.</param>
/// <param name="Clock">The environment clock; null: the system clock.</param>
internal sealed record KeptOrder(
    string Plan, string Run, string By, ImmutableArray<EmergencyApproval> Approvals, string Confirm, DateTimeOffset ValidUntil, ImmutableArray<string> Roles, DateTimeOffset AsOf,
    string Fleet, Uri? Cloud, ClockAnchor? Clock, ScaleDownOrder Order);

/// <summary>An order with the signature of the server that wrote it.</summary>
internal sealed record SignedOrder(KeptOrder Order, string Signature);

/// <summary>Who carried an order out, and what became of each part: the first line of a record, and the others.</summary>
internal sealed record CarriedOut(string Plan, string By, string Role, string Reason, DateTimeOffset At)
{
    public ImmutableArray<ScaleDownAction> Actions { get; init; } = [];
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, WriteIndented = true)]
[JsonSerializable(typeof(SignedOrder))]
internal sealed partial class OrderJson : JsonSerializerContext;

/// <summary>Lines of a record: an object each.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(CarriedOut))]
[JsonSerializable(typeof(ScaleDownAction))]
internal sealed partial class CarriedOutJson : JsonSerializerContext;

/// <summary>Signs orders with a key of the data folder, which its owner alone can read: an order that somebody has written or changed by hand is none.</summary>
internal static class OrderSignature
{
    public static SignedOrder Sign(KeptOrder order, byte[] key) => new(order, Convert.ToBase64String(Of(order, key)));

    public static bool Holds(SignedOrder signed, byte[] key)
    {
        var given = new byte[HMACSHA256.HashSizeInBytes];
        return Convert.TryFromBase64String(signed.Signature, given, out var length) && length == given.Length && CryptographicOperations.FixedTimeEquals(given, Of(signed.Order, key));
    }

    private static byte[] Of(KeptOrder order, byte[] key) => HMACSHA256.HashData(key, JsonSerializer.SerializeToUtf8Bytes(order, OrderJson.Default.KeptOrder));
}
