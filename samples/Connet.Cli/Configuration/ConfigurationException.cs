namespace Connet.Cli.Configuration;

/// <summary>What is wrong with files, flags or the environment, in one sentence that names the place.</summary>
internal sealed class ConfigurationException(string message) : Exception(message);
