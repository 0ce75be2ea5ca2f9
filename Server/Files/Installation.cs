namespace Orchestrator.Server.Files;

/// <summary>Where this copy of the program lies.</summary>
internal static class Installation
{
    /// <summary>The nearest folder at or above the binary that holds <c>Runbooks/</c>: the repository in a checkout, the binary's own when installed.</summary>
    public static string Root { get; } = Find();

    /// <summary>The runbooks that ship.</summary>
    public static string Runbooks => Path.Combine(Root, "Runbooks");

    /// <summary>Every option with its default.</summary>
    public static string Settings => Path.Combine(Root, "appsettings.json");

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Directory.Exists(Path.Combine(folder.FullName, "Runbooks")))
            {
                return folder.FullName;
            }
        }

        return AppContext.BaseDirectory;
    }
}
