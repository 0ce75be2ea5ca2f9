using System.Security.Cryptography;

namespace Orchestrator.Infra.Provisioning.State;

/// <summary>Where the passphrase of a state directory comes from.</summary>
internal static class Passphrase
{
    /// <summary>
    /// <c>PULUMI_CONFIG_PASSPHRASE</c>, else the file that <c>PULUMI_CONFIG_PASSPHRASE_FILE</c> names, else one made once and
    /// kept, readable by its owner only, in <c>.pulumi/passphrase</c>.
    /// </summary>
    public static string For(string directory)
    {
        if (Environment.GetEnvironmentVariable("PULUMI_CONFIG_PASSPHRASE") is { Length: > 0 } given)
        {
            return given;
        }

        if (Environment.GetEnvironmentVariable("PULUMI_CONFIG_PASSPHRASE_FILE") is { Length: > 0 } named)
        {
            return File.ReadAllText(named).Trim();
        }

        var file = Path.Combine(directory, ".pulumi", "passphrase");
        if (!File.Exists(file))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            var temporary = $"{file}.{Guid.NewGuid():N}";
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using (var writer = new StreamWriter(temporary, options))
            {
                writer.Write(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));
            }

            try
            {
                // Two first stacks at once: the one who comes second uses what the first made.
                File.Move(temporary, file, overwrite: false);
            }
            catch (IOException) when (File.Exists(file))
            {
                File.Delete(temporary);
            }
        }

        return File.ReadAllText(file).Trim();
    }
}
