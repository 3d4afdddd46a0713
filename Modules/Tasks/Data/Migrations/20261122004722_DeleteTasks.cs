using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Crm.Tasks.Data.Migrations
{
    /// <inheritdoc />
    public partial class DeleteTasks : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ux_work_tasks_execution_id",
                schema: "tasks",
                table: "work_tasks");

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "deleted_at",
                schema: "tasks",
                table: "work_tasks",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "deleted_by",
                schema: "tasks",
                table: "work_tasks",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "deletion_id",
                schema: "tasks",
                table: "work_tasks",
                type: "uuid",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "ux_work_tasks_execution_id",
                schema: "tasks",
                table: "work_tasks",
                column: "execution_id",
                unique: true,
                filter: "execution_id is not null and deleted_at is null");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ux_work_tasks_execution_id",
                schema: "tasks",
                table: "work_tasks");

            migrationBuilder.DropColumn(
                name: "deleted_at",
                schema: "tasks",
                table: "work_tasks");

            migrationBuilder.DropColumn(
                name: "deleted_by",
                schema: "tasks",
                table: "work_tasks");

            migrationBuilder.DropColumn(
                name: "deletion_id",
                schema: "tasks",
                table: "work_tasks");

            migrationBuilder.CreateIndex(
                name: "ux_work_tasks_execution_id",
                schema: "tasks",
                table: "work_tasks",
                column: "execution_id",
                unique: true,
                filter: "execution_id is not null");
        }
    }
}
