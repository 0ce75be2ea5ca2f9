using System.Globalization;
using System.Reflection;

namespace Orchestrator.Server.Api;

/// <summary>Says which parameter of an address does not fit, which the framework answers with a bare 400.</summary>
internal static class QueryParameters
{
    /// <summary>A sentence for the first that does not fit its type; null: all do, or the address has no handler with parameters.</summary>
    public static string? Wrong(HttpContext context, Endpoint? endpoint)
    {
        foreach (var parameter in endpoint?.Metadata.GetMetadata<MethodInfo>()?.GetParameters() ?? [])
        {
            if (parameter.Name is not { } name || Wanted(Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType) is not { } wanted) continue;

            foreach (var value in context.Request.Query[name])
            {
                if (value is { Length: > 0 } && !wanted.Fits(value)) return $"{name} must be {wanted.Form}, not '{(value.Length > 60 ? $"{value[..60]}…" : value)}'.";
            }
        }

        return null;
    }

    private static (string Form, Func<string, bool> Fits)? Wanted(Type type) =>
        type == typeof(int) ? ("a whole number", static value => int.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out _))
        : type == typeof(long) ? ("a whole number", static value => long.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out _))
        : type == typeof(double) ? ("a number", static value => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _))
        : type == typeof(bool) ? ("true or false", static value => bool.TryParse(value, out _))
        : type == typeof(Guid) ? ("an id as lists show it", static value => Guid.TryParse(value, out _))
        : type == typeof(DateTimeOffset) ? ("a time in ISO 8601, as in 2026-11-11T00:00:00Z", static value => DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
        : null;
}
