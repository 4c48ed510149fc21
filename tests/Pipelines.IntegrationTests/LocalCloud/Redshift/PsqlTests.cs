using System.Diagnostics;
using Pipelines.TestKit;

namespace Pipelines.IntegrationTests.LocalCloud.Redshift;

/// <summary>psql, a client that is not ours and not Npgsql.</summary>
public sealed class PsqlTests
{
    private Warehouse _warehouse = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _warehouse = await Warehouse.StartAsync();
        await _warehouse.PutAsync("p/1", "1,a\n2,b\n");
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _warehouse.DisposeAsync();

    [Test]
    public async Task Psql_loads_and_reads_with_several_statements_in_one_packet()
    {
        var (output, errors) = await RunAsync("""
            create table p (id int, v varchar(5));
            begin\; delete from p\; copy p from 's3://lake/p/' iam_role default csv\; commit;
            copy p from stdin delimiter ',';
            3,c
            \.
            select * from p order by id;
            """);
        Assert.That(output, Does.EndWith("1|a\n2|b\n3|c\n"));
        Assert.That(errors, Does.Contain("INFO:  Load into table 'p' completed, 2 record(s) loaded successfully."));
    }

    [Test]
    public async Task Psql_goes_on_after_errors_and_rolls_back_a_packet_that_failed()
    {
        var (output, errors) = await RunAsync("""
            create table q (id int, v varchar(5));
            insert into q values (1, 'x')\; copy q from 's3://lake/none' iam_role default csv\; insert into q values (2, 'y');
            select count(*) from q;
            """);
        Assert.That(output, Does.EndWith("\n0\n"));
        Assert.That(errors, Does.Contain("ERROR:  The specified S3 prefix 'none' does not exist"));
    }

    private async Task<(string Output, string Errors)> RunAsync(string script)
    {
        var start = new ProcessStartInfo(Need.Tool("psql"), ["-X", "-A", "-t", "-h", "127.0.0.1", "-p", $"{_warehouse.Port}", "-U", "awsuser", "-d", _warehouse.Database])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["PGPASSWORD"] = Warehouse.Password },
        };
        using var psql = Process.Start(start)!;
        await psql.StandardInput.WriteAsync(script + "\n");
        psql.StandardInput.Close();
        var errors = psql.StandardError.ReadToEndAsync();
        string output = await psql.StandardOutput.ReadToEndAsync();
        await psql.WaitForExitAsync();
        return (output, await errors);
    }
}
