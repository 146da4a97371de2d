using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;

namespace Connet.AspNetCore.Files;

/// <summary>The page that lists a folder.</summary>
internal static class FolderListing
{
    /// <summary>More would be a page that no browser likes.</summary>
    private const int MaxEntries = 10_000;

    private const string Style =
        "body{font-family:sans-serif;margin:2em}table{border-collapse:collapse}td,th{padding:.2em 1em .2em 0;text-align:left}td.n{text-align:right}";

    /// <summary>What the page may do (CSP level 3): be looked at.</summary>
    public const string ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'";

    /// <summary>Writes the page: folders first, then files, by name.</summary>
    /// <param name="path">The decoded path of the folder, for the title.</param>
    /// <param name="files">What is in it.</param>
    public static string Of(string path, IEnumerable<ServedFile> files)
    {
        ServedFile[] first = [.. files.Take(MaxEntries + 1)];
        IEnumerable<ServedFile> listed = first.Take(MaxEntries).OrderByDescending(file => file.IsDirectory).ThenBy(file => file.Name, StringComparer.OrdinalIgnoreCase)
            .ThenBy(file => file.Name, StringComparer.Ordinal);
        string title = Encode($"Index of {path}");
        StringBuilder page = new();
        page.Append("<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n")
            .Append(CultureInfo.InvariantCulture, $"<title>{title}</title>\n<style>{Style}</style>\n</head>\n<body>\n<h1>{title}</h1>\n<table>\n")
            .Append("<tr><th>Name</th><th>Size</th><th>Changed (UTC)</th></tr>\n");
        if (path.Length > 1)
        {
            page.Append("<tr><td><a href=\"../\">../</a></td><td></td><td></td></tr>\n");
        }

        foreach (ServedFile file in listed)
        {
            string slash = file.IsDirectory ? "/" : string.Empty;
            string size = file.IsDirectory ? string.Empty : file.Length.ToString(CultureInfo.InvariantCulture);
            page.Append(
                CultureInfo.InvariantCulture,
                $"<tr><td><a href=\"./{Encode(Uri.EscapeDataString(file.Name))}{slash}\">{Encode(file.Name)}{slash}</a></td><td class=\"n\">{size}</td><td>{file.LastModified:yyyy-MM-dd HH:mm}</td></tr>\n");
        }

        page.Append("</table>\n");
        if (first.Length > MaxEntries)
        {
            page.Append(CultureInfo.InvariantCulture, $"<p>Only {MaxEntries} are listed; there are more.</p>\n");
        }

        return page.Append("</body>\n</html>\n").ToString();
    }

    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);
}
