using System.Globalization;

namespace Orchestrator.Workflows.Language.Expressions;

/// <summary>A number's text as JavaScript has it (ECMAScript, Number::toString), which is JSON too.</summary>
internal static class NumberText
{
    /// <summary>For finite numbers.</summary>
    public static string Of(double number)
    {
        if (number == 0)
        {
            return "0";
        }

        // The shortest digits that read back as the same number, and where the point stands among them.
        var round = Math.Abs(number).ToString("R", CultureInfo.InvariantCulture);
        var e = round.IndexOf('E', StringComparison.Ordinal);
        var mantissa = e < 0 ? round : round[..e];
        var dot = mantissa.IndexOf('.', StringComparison.Ordinal);
        var all = mantissa.Replace(".", "", StringComparison.Ordinal);
        var leading = all.Length - all.TrimStart('0').Length;
        var point = (dot < 0 ? mantissa.Length : dot) - leading + (e < 0 ? 0 : int.Parse(round.AsSpan(e + 1), CultureInfo.InvariantCulture));
        var digits = all.Trim('0');
        var sign = number < 0 ? "-" : "";
        return point switch
        {
            > 21 or < -5 => $"{sign}{digits[0]}{(digits.Length > 1 ? "." + digits[1..] : "")}e{(point > 0 ? "+" : "-")}{Math.Abs(point - 1).ToString(CultureInfo.InvariantCulture)}",
            <= 0 => $"{sign}0.{new string('0', -point)}{digits}",
            _ when digits.Length <= point => $"{sign}{digits}{new string('0', point - digits.Length)}",
            _ => $"{sign}{digits[..point]}.{digits[point..]}",
        };
    }
}
