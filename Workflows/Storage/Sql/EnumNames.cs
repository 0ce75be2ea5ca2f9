using System.Collections.Frozen;

namespace Orchestrator.Workflows.Storage.Sql;

/// <summary>Enum values as the texts of the tables: the names of the code, which never change once they are written.</summary>
internal static class EnumNames<T> where T : struct, Enum
{
    private static readonly FrozenDictionary<T, string> names = Enum.GetValues<T>().ToFrozenDictionary(value => value, value => value.ToString());

    public static string Of(T value) => names[value];

    public static T Parse(string name) => Enum.Parse<T>(name);
}
